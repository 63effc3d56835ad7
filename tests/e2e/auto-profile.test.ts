import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deferred } from '../../contract/shared/deferred.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { CHOICE_INSTRUCTIONS } from '../../profiles/model-choice.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import type { ModelRequest, Script } from '../support/model/scripted-model.ts';
import { callTool, connectMcp, TRANSPORTS } from '../support/mcp.ts';
import { call, jobEnded, readUntil, submit, type Product } from '../support/product.ts';
import { processesWith } from '../support/strays.ts';
import { createWorld, remains, type World } from '../support/world.ts';
import { agenticore } from '../support/command.ts';

const ROUTER_MODEL = 'claude-router-1';

const isChoice = ({ system }: Conversation): boolean => system.includes(CHOICE_INSTRUCTIONS);
const choosing = (profile: string): Reply => ({
  tool: 'StructuredOutput',
  input: { profile, reason: 'The task asks for a second look.' },
});

/** A model that chooses as `choice` says, and whose agents do what `agent` says: by default they only speak. */
const routed =
  (choice: Script, agent: Script = () => ({ text: 'It is done.' })): Script =>
  (conversation) =>
    isChoice(conversation) ? choice(conversation) : agent(conversation);

/** What the model was asked for the job with `task`: first which profile it gets, then by its agent. */
function asked(world: World, task: string): { choices: ModelRequest[]; turns: ModelRequest[] } {
  const all = world.model.requests.filter(({ body }) => JSON.stringify(body?.messages ?? '').includes(task));
  const ofChoice = ({ conversation }: ModelRequest): boolean => conversation !== null && isChoice(conversation);
  return {
    choices: all.filter(ofChoice),
    turns: all.filter((request) => request.conversation !== null && !ofChoice(request)),
  };
}

const toolsOf = (request: ModelRequest | undefined): string[] =>
  ((request?.body?.tools ?? []) as { name: string }[]).map(({ name }) => name);

describe('a job with profile auto', () => {
  let world: World;
  let product: Product;
  const url = (): string => product.url;
  const run = async (request: object): Promise<JobRecord> => jobEnded(url, (await submit(url(), request)).id);
  const listed = async (profile: string, id: string): Promise<JobRecord | undefined> => {
    const isIt = (job: JobRecord): boolean => job.id === id;
    // When it is listed as one that has ended, the list has caught up.
    await readUntil<{ jobs: JobRecord[] }>(url(), '/jobs?status=succeeded', ({ jobs }) => jobs.some(isIt));
    return (await call<{ jobs: JobRecord[] }>(url(), `/jobs?profile=${profile}`)).body.jobs.find(isIt);
  };
  const eventsOf = async (id: string): Promise<Record<string, unknown>[]> => {
    const { body } = await call<{ events: { event: Record<string, unknown> }[] }>(
      url(),
      `/jobs/${id}/events?limit=1000`,
    );
    return body.events.map(({ event }) => event);
  };

  beforeAll(async () => {
    const script = routed(({ task }) => {
      if (task.includes('prose')) return { text: 'I would take review.' };
      if (task.includes('stranger')) return choosing('root');
      if (task.includes('outage')) return { status: 500 };
      if (task.includes('refusal')) return { status: 400 };
      return choosing('review');
    });
    world = await createWorld({ script, env: { AGENTICORE_ROUTER_MODEL: ROUTER_MODEL } });
    await mkdir(join(world.dir, 'data'), { recursive: true });
    await writeFile(join(world.dir, 'data', 'config.yml'), 'routes:\n  - {words: [judge], profile: auto}\n');
    product = await world.start('serve');
  });
  afterAll(() => world.end());

  test('runs with the profile that a small model chooses by the descriptions, and says why', async () => {
    const job = await run({ task: 'look for mistakes', repo_url: world.repo, profile: 'auto' });
    expect(job).toMatchObject({
      status: 'succeeded',
      profile: 'review',
      profile_reason: 'auto: The task asks for a second look.',
      usage: { input_tokens: 20, output_tokens: 10 },
      branch: null,
    });
    const { choices, turns } = asked(world, 'look for mistakes');
    expect(choices.map(({ body }) => body?.model)).toEqual([ROUTER_MODEL]);
    expect(toolsOf(choices[0])).toContain('StructuredOutput');
    expect(toolsOf(choices[0])).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/Bash|Read|Write|Task|Web/)]),
    );
    expect(JSON.parse(choices[0]?.conversation?.task ?? '')).toMatchObject({
      profiles: [
        { name: 'code', description: 'Autonomous coding worker' },
        { name: 'review', description: 'Code review analyst' },
      ],
      default: 'code',
      repository: world.repo,
      task: 'look for mistakes',
    });
    expect(turns.map(({ body }) => body?.model)).toEqual([expect.stringContaining('haiku')]);
    expect(toolsOf(turns[0])).toEqual(expect.arrayContaining(['Read', 'Grep']));
    expect(toolsOf(turns[0])).not.toContain('Bash');
    expect(remains(world, job.id)).toEqual([]);
  });

  test('is listed and found under the chosen profile, and its events tell the stage', async () => {
    const { id } = await run({ task: 'look around', profile: 'auto' });
    expect(await listed('review', id)).toMatchObject({
      profile: 'review',
      profile_reason: 'auto: The task asks for a second look.',
    });
    expect(await listed('auto', id)).toBeUndefined();
    const events = await eventsOf(id);
    expect(events.flatMap(({ type, stage }) => (type === 'stage' ? [stage] : []))).toEqual([
      'routing_profile',
      'creating_worktree',
      'materializing_profile',
      'running_agent',
      'shipping_transcript',
    ]);
    expect(events.filter(({ message }) => String(message).startsWith('No profile'))).toEqual([]);
    expect(events.filter(({ type }) => type === 'text')).toHaveLength(1);
  });

  test.each([
    ['prose', 'the model did not name a profile'],
    ['a stranger', 'agent_failed: .*'],
    ['a refusal', 'agent_failed: .*400.*'],
    ['an outage', 'model_unavailable: .*500.*'],
  ])('gets the default, with the reason and a warning, when the model answers with %s', async (words, why) => {
    const job = await run({ task: `answer with ${words}`, profile: 'auto' });
    expect(job).toMatchObject({ status: 'succeeded', profile: 'code', output: 'It is done.' });
    expect(job.profile_reason).toMatch(new RegExp(`^auto: ${why}, default$`));
    expect(await eventsOf(job.id)).toContainEqual({
      type: 'warning',
      message: expect.stringMatching(/^No profile could be chosen, so the job uses code \(.+\)\.$/),
    });
    expect(asked(world, words).turns.map(({ body }) => body?.model)).toEqual([expect.stringContaining('sonnet')]);
  });

  test('got it from a rule of config.yml, and says so', async () =>
    expect(await run({ task: 'judge it' })).toMatchObject({
      profile: 'review',
      profile_reason: 'rule 1: word "judge"; auto: The task asks for a second look.',
    }));

  test('can go on with the session of an earlier one', async () => {
    const earlier = await run({ task: 'first words', profile: 'auto' });
    const job = await run({ task: 'second words', profile: 'auto', session_id: earlier.session_id });
    expect(job).toMatchObject({ status: 'succeeded', profile: 'review' });
    expect(asked(world, 'second words').turns[0]?.conversation?.task).toBe('first words');
  });

  test('is started by run_task over MCP, which waits and answers with the choice', async () => {
    const client = await connectMcp(TRANSPORTS['streamable HTTP'](url()));
    try {
      const { body } = await callTool(client, 'run_task', { task: 'look again', profile: 'auto', wait: true });
      expect(body.job).toMatchObject({ status: 'succeeded', profile: 'review' });
    } finally {
      await client.close();
    }
  });

  test('is started by the command line, which names the choice', async () => {
    const env = { ...world.env, AGENTICORE_URL: url() };
    const stdout = await agenticore(env, 'run', 'look at all of it', '--profile', 'auto', '--json');
    expect(stdout).toContain('"profile":"review"');
  });
});

describe('while the profile of a job is chosen or its agent works,', () => {
  let world: World;
  afterEach(() => world.end());

  test('a lost host costs no second choice: the next host goes on with the first one', async () => {
    const { promise: held, resolve: release } = deferred();
    const agent: Script = async () => {
      await held;
      return { text: 'It is done.' };
    };
    const script = routed(() => choosing('review'), agent);
    world = await createWorld({ script, env: { AGENTICORE_SEAT_TIMEOUT_S: '10' } });
    const api = await world.start('serve', { args: ['--no-worker'] });
    const first = await world.start('worker');
    const { id } = await submit(api.url, { task: 'look twice', profile: 'auto' });
    await world.model.waitFor(({ conversation }) => conversation !== null && !isChoice(conversation));
    await first.kill();
    release();
    await world.start('worker');
    expect(await jobEnded(() => api.url, id)).toMatchObject({
      status: 'succeeded',
      attempt: 2,
      profile: 'review',
      profile_reason: 'auto: The task asks for a second look.',
    });
    const { choices, turns } = asked(world, 'look twice');
    expect(choices).toHaveLength(1);
    expect(turns.length).toBeGreaterThan(1);
    expect(turns.filter(({ body }) => !String(body?.model).includes('haiku'))).toEqual([]);
  });

  test('a cancelled job ends at once, and nothing of the choice is left', async () => {
    const { promise: held, resolve: release } = deferred();
    const script = routed(async () => {
      await held;
      return choosing('review');
    });
    world = await createWorld({ script });
    const { url } = await world.start('serve');
    const { id } = await submit(url, { task: 'never mind', profile: 'auto' });
    await world.model.waitFor(({ conversation }) => conversation !== null && isChoice(conversation));
    expect((await call<{ job: JobRecord }>(url, `/jobs/${id}`)).body.job).toMatchObject({
      profile: 'auto',
      profile_reason: 'auto: not chosen yet',
      stage: 'routing_profile',
    });
    await call(url, `/jobs/${id}`, { method: 'DELETE' });
    expect(await jobEnded(() => url, id)).toMatchObject({ status: 'cancelled', profile: 'auto' });
    expect(processesWith(id)).toEqual([]);
    expect(remains(world, id)).toEqual([]);
    release();
  });
});
