import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startContained } from '../../../processes/start-contained.ts';
import { startSupervised } from '../../../processes/supervised.ts';
import { findMembers } from '../../../processes/job-processes.ts';
import { start, type Command, type RunningProcess } from '../../../processes/spawn.ts';
import { killStrays, killTree, stopTree } from '../../../processes/tree.ts';
import { needs } from '../../support/needs.ts';
import { until } from '../../support/until.ts';

/** Starts one child as usual and one in a session and environment of its own, then does what it is told on stdin. */
const FAMILY = 'sleep 1000 & env -i setsid sleep 1000 & echo ready; read order; exit 7';
const PATH = process.env.PATH ?? '';

let cwd: string;
let command: Command;
let left: () => Promise<number>;
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'agenticore-tree-')));
  command = { file: 'sh', args: ['-c', FAMILY], cwd, env: { PATH }, marker: randomUUID() };
  left = async () =>
    (await findMembers({ ...(command.marker && { marker: command.marker }), directories: [cwd] })).length;
});
afterEach(async () => {
  await killStrays({ directories: [cwd] });
  rmSync(cwd, { recursive: true, force: true });
});

const rules = { readable: [], hidden: [], network: true, missing: 'internal' as const };
const ways: Record<string, () => Promise<RunningProcess>> = {
  bubblewrap: () => startContained(command, { ...rules, sandbox: 'required', writable: [cwd], directories: [cwd] }),
  namespace: () => startSupervised(command, [cwd]),
  tracking: () => startSupervised(command, [cwd], []),
};

describe.each([
  ['bubblewrap', needs('bwrap')],
  ['namespace', needs('unshare')],
  ['tracking', test],
] as const)('held by %s', (mode, runTest) => {
  const ready = async (): Promise<RunningProcess> => {
    const run = await (ways[mode] as () => Promise<RunningProcess>)();
    expect(await run.lines[Symbol.asyncIterator]().next()).toEqual({ value: 'ready', done: false });
    expect(await left()).toBeGreaterThanOrEqual(3);
    return run;
  };

  runTest('stdin, stdout and the exit code pass, and what the program left dies with it', async () => {
    const run = await ready();
    run.stdin.end('end\n');
    expect(await run.exited).toEqual({ code: 7, signal: null });
    await until(async () => (await left()) === 0);
  });

  runTest('killTree leaves nothing', async () => {
    await killTree(await ready());
    expect(await left()).toBe(0);
  });

  runTest('stopTree lets the program end by itself at SIGTERM', async () => {
    command.args = [
      '-c',
      `trap 'echo bye > ${cwd}/bye; exit 3' TERM; ${FAMILY.replace('read order', 'while :; do sleep 0.05; done')}`,
    ];
    const run = await ready();
    await stopTree(run, 5_000);
    expect(await run.exited).toEqual({ code: 3, signal: null });
    expect(await left()).toBe(0);
  });

  runTest('stopTree kills a program that ignores SIGTERM', async () => {
    command.args = ['-c', `trap '' TERM; ${FAMILY}`];
    await stopTree(await ready(), 100);
    expect(await left()).toBe(0);
  });

  runTest('kill -9 of the parent leaves nothing', async () => {
    const args = ['--import', 'tsx', 'tests/fixtures/agent-parent.ts', mode, cwd, command.marker ?? '', FAMILY];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(createInterface({ input: parent.stdout }), 'line');
    expect(await left()).toBeGreaterThanOrEqual(3);
    parent.kill('SIGKILL');
    await until(async () => (await left()) === 0);
  });
});

test('killTree finds what left the group while its parent lives', async () => {
  const run = await start({ ...command, args: ['-c', 'cd /; env -i setsid sleep 1000 & echo ready; read order'] });
  await run.lines[Symbol.asyncIterator]().next();
  await until(async () => (await findMembers({ roots: [run.pid] })).length === 2);
  const members = await findMembers({ roots: [run.pid] });
  await killTree(run);
  expect((await findMembers({ roots: members.map(({ pid }) => pid) })).length).toBe(0);
});

test('the output of a tree that was killed ends, even when somebody out of reach still holds it', async () => {
  const escape = 'cd /; (env -i setsid sh -c "echo \\$\\$; exec sleep 1000" &); read order';
  const run = await startSupervised({ ...command, args: ['-c', escape] }, [cwd], []);
  const lines = run.lines[Symbol.asyncIterator]();
  const escaped = Number((await lines.next()).value);
  await killTree(run);
  expect(await lines.next()).toMatchObject({ done: true });
  process.kill(escaped, 'SIGKILL');
});

test('killStrays finds an orphan by its marker and another by its directory, and nothing else', async () => {
  const start1 = (cwd: string, env: Record<string, string>): Promise<unknown> =>
    once(spawn('sh', ['-c', 'sleep 1000 > /dev/null 2>&1 &'], { cwd, env: { PATH, ...env }, stdio: 'ignore' }), 'exit');
  await start1('/', { AGENTICORE_PROCESS_OWNER: command.marker ?? '' });
  await start1(cwd, { AGENTICORE_PROCESS_OWNER: randomUUID() });
  const other = randomUUID();
  await start1('/', { AGENTICORE_PROCESS_OWNER: other });
  expect(await killStrays({ marker: command.marker ?? '', directories: [cwd] })).toHaveLength(2);
  expect(await left()).toBe(0);
  expect(await killStrays({ marker: other })).toHaveLength(1);
});
