import { randomUUID } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { removeOldSpares } from '../../../activities/sessions/spare-id.ts';
import { bash } from '../../support/model/scripts.ts';
import type { Conversation } from '../../support/model/conversation.ts';
import type { Reply } from '../../support/model/reply.ts';
import { processesNamed } from '../../support/model-agent.ts';
import { startSessionHost, type PlayedSession, type SessionHost } from '../../support/session-host.ts';
import { until } from '../../support/until.ts';

let host: SessionHost;
let folder: string;
const script = ({ latest, system, calls }: Conversation): Reply => {
  if (latest === 'make a file' && calls.length === 0) return bash('echo made > made.txt');
  return { text: `${latest}: ${[...system.matchAll(/I am (\w+)/g)].map(([, name]) => name).join(' and ')}` };
};
const helper = (more: object = {}): Promise<PlayedSession> =>
  host.session({ profile: 'helper', package: 'helper', model_wait_s: 30, ...more });
const waiting = async (count: number): Promise<number[]> => {
  await until(async () => (await host.spares())?.count === count);
  return (await processesNamed('jobs/spare.')).map(({ pid }) => pid);
};

describe('a spare agent of a package', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agenticore-package-'));
    await mkdir(join(folder, 'helper'));
    await writeFile(join(folder, 'helper', 'system.md'), 'I am Ada.\n');
    host = await startSessionHost(script, {
      AGENT_MODE: 'true',
      AGENT_MODE_PACKAGE_DIR: join(folder, 'helper'),
    });
  });
  afterAll(async () => {
    await host.end();
    await rm(folder, { recursive: true });
  });

  test('answers the first message of a session in what becomes its folder, and another takes its place', async () => {
    const first = await helper();
    expect((await first.run('hello', { cold: true })).output).toBe('hello: Ada');
    const before = await waiting(1);
    const session = await helper();
    const answer = await session.run('make a file');
    expect((await processesNamed(answer.agent_session)).map(({ pid }) => pid).some((pid) => before.includes(pid))).toBe(
      true,
    );
    const { worktree_path = '' } = answer.made ?? {};
    expect(await readFile(join(worktree_path, 'made.txt'), 'utf8')).toBe('made\n');
    expect(worktree_path).toMatch(new RegExp(`${session.id}$`));
    expect(await session.run('again')).toMatchObject({ output: 'again: Ada', warm: true });
    await session.run('and', { cold: true });
    // The names under which it was started are gone with it.
    const left = async (): Promise<string[]> =>
      (await readdir(join(worktree_path, '..'), { withFileTypes: true }))
        .filter((each) => each.isSymbolicLink())
        .map(({ name }) => name);
    await until(async () => (await left()).length === 0);
    expect(await session.run('cold')).toMatchObject({
      ...{ output: 'cold: Ada', warm: false, restarted: false, agent_session: answer.agent_session },
    });
    await waiting(1);
  });

  test('is told the instructions of the first message beside those of its package', async () => {
    const before = await waiting(1);
    const session = await helper();
    const message = { id: randomUUID(), text: 'who', instructions: { text: 'I am Bob.' } };
    const answer = await session.run('who', { message });
    expect(answer.output).toBe('who: Ada and Bob');
    expect((await processesNamed(answer.agent_session)).map(({ pid }) => pid).some((pid) => before.includes(pid))).toBe(
      true,
    );
  });

  test('is not taken by a session of another model, nor when its package has changed', async () => {
    const before = await waiting(1);
    await (await helper({ model: 'haiku' })).run('hello');
    await writeFile(join(folder, 'helper', 'system.md'), 'I am Eve.\n');
    const answer = await (await helper()).run('hello');
    expect(answer.output).toBe('hello: Eve');
    expect((await processesNamed(answer.agent_session)).some(({ pid }) => before.includes(pid))).toBe(false);
  });
});

test('what a worker that was killed has left of spare agents is removed; what another has is left alone', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-spares-'));
  try {
    const [dataDir, worktreeRoot] = [join(dir, 'data'), join(dir, 'worktrees')];
    await mkdir(join(dataDir, 'jobs'), { recursive: true });
    await mkdir(join(worktreeRoot, 'session'), { recursive: true });
    const gone = `spare.${process.pid}.1.abc0.${hostname()}`;
    const elsewhere = `spare.${process.pid}.1.abc0.elsewhere`;
    await symlink(join(worktreeRoot, 'session'), join(worktreeRoot, gone));
    await mkdir(join(dataDir, 'jobs', gone));
    await mkdir(join(dataDir, 'jobs', elsewhere));
    await removeOldSpares({ dataDir, worktreeRoot });
    expect(await readdir(worktreeRoot)).toEqual(['session']);
    expect((await lstat(join(worktreeRoot, 'session'))).isDirectory()).toBe(true);
    expect(await readdir(join(dataDir, 'jobs'))).toEqual([elsewhere]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
