#!/usr/bin/env node
// Runs all tests, or jest with the given arguments. The last line is always `N passed, N failed, N skipped`.
// AGENTICORE_FORBID_SKIPS=1 makes a run fail in which a test was skipped.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
];
// Last, because jest takes every bare word after a list option for one more of the list.
const reporters = ['--reporters=default', `--reporters=${join(root, 'scripts', 'jest-totals.mjs')}`];
const folder = mkdtempSync(join(tmpdir(), 'agenticore-jest-'));
const totalsFile = join(folder, 'totals.json');

// Each end-to-end test has servers, workers and agents of its own: two at once would starve each other.
const all = [
  ['--maxWorkers=2', '--selectProjects', 'unit', 'integration'],
  ['--runInBand', '--selectProjects', 'e2e'],
];
const given = process.argv.slice(2);
let stopped = false;
let child;

// Ctrl-C reaches jest by itself; this process waits for jest's last words.
process.on('SIGINT', () => (stopped = true));
process.on('SIGTERM', () => {
  stopped = true;
  child?.kill('SIGTERM');
});

const totals = [];
for (const args of given.length > 0 ? [given] : all) {
  if (!stopped) totals.push(await runJest(args));
}
rmSync(folder, { recursive: true, force: true });
report(totals.filter((each) => each !== undefined));

async function runJest(args) {
  rmSync(totalsFile, { force: true });
  child = spawn(process.execPath, [...node, ...args, ...reporters], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, AGENTICORE_JEST_TOTALS: totalsFile },
  });
  const [code] = await once(child, 'exit');
  process.exitCode ||= code ?? 1;
  try {
    return JSON.parse(readFileSync(totalsFile, 'utf8'));
  } catch {
    if (code === 0) return undefined; // jest was asked for something else than running tests
    console.log('These tests did not come to their end; that counts as one that failed.');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function report(runs) {
  if (runs.length === 0) return;
  const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
  if (sum('skipped') > 0 && process.env.AGENTICORE_FORBID_SKIPS === '1') {
    console.log('Tests were skipped, and AGENTICORE_FORBID_SKIPS=1 forbids that.');
    process.exitCode ||= 1;
  }
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
}
