import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../config/index.ts';
import type { ApprovalListReply } from '../../contract/http/approval.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionEventReply, SessionRecord } from '../../contract/http/session.ts';
import type { PageOf } from '../../api/http/typed-app.ts';
import { CLI } from '../support/command.ts';
import { blocksOf, commandsWith, type Block } from '../support/doc-blocks.ts';
import { createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import type { Conversation } from '../support/model/conversation.ts';
import { bash, fixingAgent, inOrder } from '../support/model/scripts.ts';
import { call, type Product } from '../support/product.ts';
import { pendingApprovals } from '../support/sessions.ts';
import { openTerminal, type Terminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { writeProfile } from '../support/world.ts';

const commandsOf = (file: string): Block[] => blocksOf(file).filter(({ language }) => language === 'bash');
const titled = (blocks: Block[]) => blocks.map(({ text }) => [text.trim().split('\n').at(-1), text] as const);

const sessions = commandsOf('docs/sessions.md');
const approvals = commandsOf('docs/approvals.md');

let world: ForgeWorld;
let product: Product;
let terminal: Terminal;
/** Shows events while the other goes on. */
let watching: Terminal;

beforeAll(async () => {
  world = await createForgeWorld('github', { script: answer });
  const [profile] = blocksOf('docs/approvals.md').filter(({ language }) => language === 'yaml');
  await writeProfile(world, 'careful', profile?.text ?? '');
  product = await world.start('serve');
  const env = { ...world.env, AGENTICORE_URL: product.url, AGENTCTL_URL: product.url };
  const PATH = `${await programs(join(world.dir, 'bin'))}:${world.env.PATH}`;
  const open = (name: string): Terminal => openTerminal(world.dir, { ...env, PATH }, join(world.dir, name));
  [terminal, watching] = [open('first'), open('second')];
});
afterAll(async () => {
  for (const each of [terminal, watching]) await each.stop();
  await world.end();
});

/** A folder with the programs that the package installs. */
async function programs(folder: string): Promise<string> {
  await mkdir(folder);
  const path = join(folder, 'agenticore');
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  await chmod(path, 0o755);
  return `${folder}:${join(packageRoot, 'bin')}`;
}

/** What the agents of both documents do, by what they are told. */
async function answer(conversation: Conversation) {
  const { latest } = conversation;
  if (latest.includes('take your time')) await new Promise(() => undefined);
  if (/fix (what you found|the failing test)/.test(latest))
    return fixingAgent({ edits: { 'fix.txt': 'fixed' }, summary: 'It is fixed.' })(conversation);
  if (latest.includes('make the notes'))
    return inOrder(...['one', 'two', 'three', 'four', 'five'].map((name) => bash(`echo made > ${name}.txt`)), {
      text: 'The notes are made.',
    })(conversation);
  return { text: `I was told ${latest.length} characters.` };
}

/** The value of a variable of the terminal. */
const valueOf = async (name: string): Promise<string> => (await terminal.run(`printf %s "$${name}"`)).trim();
const get = async <T>(path: string): Promise<T> => (await call<T>(product.url, path)).body;
const runOf = async (id: string): Promise<RunRecord> => (await get<{ run: RunRecord }>(`/runs/${id}`)).run;
const sessionOf = async (id: string): Promise<SessionRecord> =>
  (await get<{ session: SessionRecord }>(`/sessions/${id}`)).session;
const runIsRunning = async (): Promise<RunRecord> => {
  const id = await valueOf('run');
  return until(async () => {
    const run = await runOf(id);
    return run.status === 'running' && run;
  });
};

/** The block with what stands here for what is not real. */
const here = (text: string): string =>
  text.replaceAll('https://github.com/org/repo', world.url()).replaceAll('http://127.0.0.1:8200', product.url);

describe('docs/sessions.md', () => {
  test.each(titled(sessions))('has commands that work, the last of them: %s', async (_, text) => {
    const block = here(text);
    if (block.includes('workflow cancel')) await runIsRunning();
    if (!block.includes('curl -sfN')) return void (await terminal.run(block));
    const known = `session=${await valueOf('session')}`;
    expect(await watching.start(`${known}\n${block}`, /"run_ended"/)).toMatch(/^id: 4$/m);
  });

  test('has one pull request of the session of its beginning, whose child has escalated and which is closed', async () => {
    const { sessions: all } = await get<{ sessions: SessionRecord[] }>('/sessions?status=closed');
    expect(all).toHaveLength(1);
    const [{ id, branch, pr_url, children, num_turns }] = all as [SessionRecord];
    expect([children.length, num_turns > 3]).toEqual([1, true]);
    expect(world.forge.state.pulls.map((pull) => pull.branch)).toEqual([branch]);
    expect(pr_url).toMatch(/\/pull\/1$/);
    expect(await world.log(branch ?? '')).toEqual(['mend the parser']);
    const { events } = await get<SessionEventReply>(`/sessions/${id}/events?limit=1000`);
    const types = events.map(({ event_type }) => event_type);
    for (const type of ['child_run_ended', 'escalation', 'session_closed']) expect(types).toContain(type);
    expect(world.forge.unexpected).toEqual([]);
  });

  test('ends with a run that was cancelled by Temporal', async () => {
    const id = await valueOf('run');
    await until(async () => (await runOf(id)).ended_at !== null);
    expect(await runOf(id)).toMatchObject({ status: 'cancelled', output: null });
    const session = await valueOf('session');
    expect(await until(async () => (await sessionOf(session)).status === 'idle')).toBe(true);
  });
});

describe('docs/approvals.md', () => {
  test.each(titled(approvals))('has commands that work, the last of them: %s', async (_, text) => {
    const block = here(text);
    if (!block.includes('apr_1a2b')) return void (await terminal.run(block));
    const [pending] = await pendingApprovals(() => product.url, await valueOf('session'));
    await terminal.run(block.replaceAll('apr_1a2b', pending?.id ?? ''));
  });

  test('has allowed the first note, denied two, and remembered for the last what was decided for the one before', async () => {
    const session = await valueOf('session');
    const list = await get<PageOf<typeof ApprovalListReply>>(`/approvals?session_id=${session}`);
    expect(list.approvals.map(({ status, via }) => [status, via])).toEqual([
      ['allowed', 'cli'],
      ['denied', 'cli'],
      ['denied', 'rest'],
      ['allowed', 'cli'],
      ['allowed', 'rule'],
    ]);
    expect(await runOf(await valueOf('run'))).toMatchObject({ status: 'succeeded', output: 'The notes are made.' });
    const folder = (await sessionOf(session)).worktree_path ?? '';
    const made = ['one', 'two', 'three', 'four', 'five'].filter((name) => existsSync(join(folder, `${name}.txt`)));
    expect(made).toEqual(['one', 'four', 'five']);
  });
});

test('the session of the README ends with the link of a pull request', async () => {
  const block = commandsWith('session create', 'README.md').replaceAll('npx ', '');
  const said = await terminal.run(here(block));
  const link = world.forge.state.pulls.at(-1)?.number;
  expect(said).toBe(`It is fixed.\n${world.forge.origin}/acme/app/pull/${link}\n`);
});
