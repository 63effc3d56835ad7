import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { packageRoot } from '../../../config/index.ts';
import { withLock } from '../../../temporal-config/dev-server/lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agenticore-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process that runs `body` with `withLock`, `append` and `path` at hand. */
const inProcess = (body: string) => {
  const lock = JSON.stringify(join(packageRoot, 'temporal-config', 'dev-server', 'lock.ts'));
  const script = `import { withLock } from ${lock}; import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'; const path = ${JSON.stringify(join(folder, 'x.lock'))}; const out = ${JSON.stringify(join(folder, 'out'))}; ${body}`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
};

test('processes and calls at the same time enter one after the other', async () => {
  const count = join(folder, 'out');
  writeFileSync(count, '0');
  const add = `const n = Number(readFileSync(out, 'utf8')); await new Promise((next) => setTimeout(next, 5)); writeFileSync(out, String(n + 1));`;
  const processes = [1, 2, 3].map(() =>
    inProcess(`await Promise.all(Array.from({ length: 5 }, () => withLock(path, async () => { ${add} })));`),
  );
  const codes = await Promise.all(processes.map((child) => once(child, 'exit')));
  expect(codes).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);
  expect(readFileSync(count, 'utf8')).toBe('15');
});

test('a holder that was killed costs no wait, and its lock is not taken for a later process with its pid', async () => {
  const holder = inProcess(
    `await withLock(path, async () => { console.log('in'); await new Promise((end) => setTimeout(end, 60_000)); });`,
  );
  await once(holder.stdout, 'data');
  const waited: number[] = [];
  const entered = withLock(
    join(folder, 'x.lock'),
    () => Promise.resolve('entered'),
    (pid) => {
      waited.push(pid);
      holder.kill('SIGKILL');
    },
  );
  await expect(entered).resolves.toBe('entered');
  expect(waited).toEqual([holder.pid]);

  writeFileSync(join(folder, 'y.lock.3'), JSON.stringify({ pid: process.pid, started: 'at another time' }));
  await expect(withLock(join(folder, 'y.lock'), () => Promise.resolve('entered'))).resolves.toBe('entered');
});

test('a failure inside frees the lock and comes out', async () => {
  const path = join(folder, 'x.lock');
  await expect(withLock(path, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
  await expect(withLock(path, () => Promise.resolve(1))).resolves.toBe(1);
});
