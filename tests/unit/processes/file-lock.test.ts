import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { packageRoot } from '../../../config/index.ts';
import { withLock } from '../../../processes/file-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agenticore-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process that runs `body` with `withLock`, `append` and `path` at hand. */
const inProcess = (body: string) => {
  const lock = JSON.stringify(join(packageRoot, 'processes', 'file-lock.ts'));
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

test('a holder that was killed costs no wait, and is named to who waits', async () => {
  const hold = `await withLock(path, async () => { console.log('in'); await new Promise((end) => setTimeout(end, 60_000)); });`;
  const path = join(folder, 'x.lock');
  for (let round = 0; round < 2; round += 1) {
    const holder = inProcess(hold);
    await once(holder.stdout, 'data');
    const waited: number[] = [];
    const onWait = (pid: number): void => {
      waited.push(pid);
      holder.kill('SIGKILL');
    };
    await expect(withLock(path, () => Promise.resolve('entered'), { onWait })).resolves.toBe('entered');
    expect(waited).toEqual([holder.pid]);
  }
});

test('a failure inside frees the lock and comes out', async () => {
  const path = join(folder, 'x.lock');
  await expect(withLock(path, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
  await expect(withLock(path, () => Promise.resolve(1))).resolves.toBe(1);
});

test('the lock lets one in at a time, and an abort ends the waiting', async () => {
  const path = join(folder, 'x.lock');
  const order: string[] = [];
  let release = (): void => undefined;
  const holding = new Promise<void>((resolve) => (release = resolve));
  const entered = new Promise<void>((inside) => {
    void withLock(path, async () => {
      inside();
      await holding;
      order.push('first out');
    });
  });
  await entered;
  const controller = new AbortController();
  const calledOff = withLock(path, () => Promise.resolve(), controller);
  const second = withLock(path, () => Promise.resolve(order.push('second in')));
  controller.abort(new Error('called off'));
  await expect(calledOff).rejects.toThrow('called off');
  expect(order).toEqual([]);
  release();
  await second;
  expect(order).toEqual(['first out', 'second in']);
});
