import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { PlanRecord } from '../../contract/http/plan.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { canariesIn, canariesInFiles, canariesInProcesses, freshCanaries } from '../support/canaries.ts';
import { createAppWorld, createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import { gate } from '../support/model-server.ts';
import { call, jobEnded, jobUntil, submit, type Product } from '../support/product.ts';
import { fixing } from '../support/world.ts';
import { prepare, removeWorktree } from '../support/worktrees.ts';

const WORDS = 'words that stand where jobs are kept';
const pem = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;
const { model, minted, ...tokens } = freshCanaries({
  gitlab: 'glpat-canary-of-gitlab-0001',
  gitea: 'canary-of-gitea-0002',
  model: 'sk-ant-canary-of-the-model-0003',
  minted: 'ghs_minted',
});

/** What an agent can see of the world: its environment, git's settings, and the processes beside it. */
const LOOK =
  'env; git config --list --show-origin; cat .git/config; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr "\\0" "\\n"; cat "$HOME"/../*.json';

/** One line of a private key, wherever that has line ends. */
const lineOf = (key: string): string => key.split('\n')[3] ?? '';

describe.each(['app', 'gitlab', 'gitea'] as const)('on a day of jobs on a forge (%s) credentials', (kind) => {
  let world: ForgeWorld;
  let product: Product;
  let canaries: Record<string, string>;
  const agent = gate();
  const told: string[] = [];
  const url = (): string => product.url;

  const script: Script = (conversation) => {
    const { task } = conversation;
    if (task.startsWith('Make a plan')) return { text: '1. Write fix.txt.' };
    if (task.includes('look around')) return fixingAgent({ commands: [LOOK] })(conversation);
    if (!task.includes(WORDS)) return fixing()(conversation);
    const command = { command: 'echo fixed > fix.txt && git add -A && git commit -q -m "fix it"', hold: agent.opened };
    return fixingAgent({ commands: [command] })(conversation);
  };

  beforeAll(async () => {
    const env = {
      ANTHROPIC_API_KEY: model,
      GITLAB_TOKEN: tokens.gitlab,
      GITEA_TOKEN: tokens.gitea,
      AGENTICORE_LOG_LEVEL: 'debug',
    };
    const other = { GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: pem };
    const app = kind === 'app' ? await createAppWorld({ script, env, minting: minted, embedded: true }) : undefined;
    world =
      app ??
      (await createForgeWorld(kind === 'app' ? 'github' : kind, {
        script,
        env: { ...env, ...other },
        embedded: true,
        ...(kind === 'app' ? {} : { token: tokens[kind] }),
      }));
    canaries = { ...tokens, model, key: lineOf(app?.forge.app.privateKey ?? pem), minted };
    product = await world.start('serve');
  });
  afterAll(() => world.end());

  const run = async (request: object): Promise<JobRecord> => follow((await submit(url(), request)).id);
  /** The job at its end; what is said of it is kept. */
  async function follow(id: string): Promise<JobRecord> {
    const job = await jobEnded(url, id);
    told.push(JSON.stringify(job), JSON.stringify((await call(url(), `/jobs/${id}/events?limit=1000`)).body));
    return job;
  }
  const retry = async ({ id }: JobRecord): Promise<JobRecord> =>
    follow((await call<{ job: JobRecord }>(url(), `/jobs/${id}/retry`, { json: {} })).body.job.id);

  test('are in no argument and no file while an agent works, which has that of its model alone', async () => {
    const { id } = await submit(url(), { task: `fix it, ${WORDS}`, repo_url: world.url() });
    await jobUntil(url, id, ({ stage }) => stage === 'running_agent');
    await world.model.waitFor(({ conversation }) => conversation !== null);
    const { cmdline, environ } = canariesInProcesses(canaries);
    expect(cmdline).toEqual([]);
    const others = environ.filter(({ pid }) => pid !== product.pid && pid !== process.pid);
    expect(new Set(others.map(({ name }) => name))).toEqual(new Set(['model']));
    const own = canariesIn(readFileSync(`/proc/${product.pid}/environ`), canaries);
    expect(own.sort()).toEqual(['gitea', 'gitlab', 'key', 'model']);
    expect(canariesInFiles(world.dir, canaries).found).toEqual([]);
    agent.open();
    expect(await follow(id)).toMatchObject({ status: 'succeeded', pr_url: expect.any(String) });
  });

  test('come to the forge, whose refusals do not repeat them, and a retry succeeds', async () => {
    const echo = kind === 'app' ? 'no' : `bad token ${tokens[kind]}`;
    world.forge.fail(422, 1, { on: /^POST .*(pulls|merge_requests)$/, body: { message: echo } });
    const refused = await run({ task: 'fix it', repo_url: world.url() });
    expect(refused).toMatchObject({ status: 'failed', error_code: 'pull_request_rejected' });
    expect(await retry(refused)).toMatchObject({ status: 'succeeded', pr_url: expect.any(String) });
    world.git.failPushes(403, 1);
    const unpushed = await run({ task: 'fix it', repo_url: world.url() });
    expect(unpushed).toMatchObject({ status: 'failed', error_code: 'repo_auth_failed' });
    expect(await retry(unpushed)).toMatchObject({ status: 'succeeded', retry_from: 'delivery' });
    const shown = new Set(world.forge.gitPasswords.flatMap((password) => canariesIn(password, canaries)));
    expect(shown).toEqual(new Set([kind === 'app' ? 'minted' : kind]));
  });

  // Which forge it is makes no difference to these.
  const once = kind === 'app' ? test : () => undefined;
  once('are not seen by agents, of a plan’s execution and in a prepared worktree neither', async () => {
    const request = { task: 'look around', repo_url: world.url() };
    expect(await run(request)).toMatchObject({ status: 'succeeded' });
    const made = await call<{ plan: PlanRecord }>(url(), '/plans', { json: { ...request, wait: true } });
    const executed = await call<{ job: JobRecord }>(url(), `/plans/${made.body.plan.id}/execute`, { json: {} });
    expect(await follow(executed.body.job.id)).toMatchObject({ status: 'succeeded', plan_id: made.body.plan.id });
    const worktree = await prepare(url(), world.url());
    expect(await run({ ...request, task: 'fix it', worktree_id: worktree.id })).toMatchObject({
      status: 'succeeded',
      pr_url: expect.any(String),
    });
    const removed = await removeWorktree(url(), worktree.id);
    expect(removed.status).toBe(200);
    told.push(...[made, executed, worktree, removed].map((answer) => JSON.stringify(answer)));
  });

  test('are in nothing that was answered, logged, kept or pushed, and the model is shown its own alone', async () => {
    const said = [...told, product.said()];
    await product.stop();
    expect(said.flatMap((text) => canariesIn(text, canaries))).toEqual([]);
    // Where the agent read its environment out, what it has is its model's key.
    const looked = kind === 'app';
    const shown = canariesIn(JSON.stringify(world.model.requests.map(({ body }) => body)), canaries);
    expect(shown).toEqual(looked ? ['model'] : []);
    expect(said.join('\n').includes('ANTHROPIC_API_KEY')).toBe(looked);
    expect(canariesIn(JSON.stringify(world.forge.state.pulls), canaries)).toEqual([]);
    expect(canariesInFiles(world.dir, canaries).found).toEqual([]);
    expect(canariesInFiles(world.dir, { task: WORDS }).found).toContainEqual(expect.stringContaining('temporal.db'));
    expect(canariesInFiles(dirname(dirname(world.dirOf())), canaries).found).toEqual([]);
    expect(world.forge.unexpected).toEqual([]);
  });
});
