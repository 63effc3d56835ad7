#!/usr/bin/env node
// Runs all tests, or jest with the given arguments. It says which tests took longest; the last line is always
// `N passed, N failed, N skipped`. AGENTICORE_FORBID_SKIPS=1 makes a run fail in which a test was skipped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Most end-to-end and integration tests wait for something half of their time. */
const WORKERS = availableParallelism() * 2;
/** How many of the longest tests are named. */
const LONGEST = 10;

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
const given = process.argv.slice(2);
const begun = performance.now();

const jest = spawn(
  process.execPath,
  [...node, ...(given.length > 0 ? given : [`--maxWorkers=${WORKERS}`]), ...reporters],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, AGENTICORE_JEST_TOTALS: totalsFile },
  },
);
// Ctrl-C reaches jest by itself; this process waits for jest's last words.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => jest.kill('SIGTERM'));
const [code] = await once(jest, 'exit');
process.exitCode = code ?? 1;
report(readTotals());
rmSync(folder, { recursive: true, force: true });

/** What the reporter left; undefined where jest was asked for something else than running tests. */
function readTotals() {
  try {
    return JSON.parse(readFileSync(totalsFile, 'utf8'));
  } catch {
    if (code === 0) return undefined;
    console.log('The run did not come to its end; that counts as one test that failed.');
    return { passed: 0, failed: 1, skipped: 0, times: [] };
  }
}

function report(totals) {
  if (totals === undefined) return;
  const { passed, failed, skipped, times } = totals;
  const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`.padStart(8);
  const longest = times.sort((a, b) => b.ms - a.ms).slice(0, LONGEST);
  console.log(`\nThe run took ${seconds(performance.now() - begun).trim()}. The longest tests:`);
  for (const { name, ms } of longest) console.log(`${seconds(ms)}  ${name}`);
  if (skipped > 0 && process.env.AGENTICORE_FORBID_SKIPS === '1') {
    console.log('Tests were skipped, and AGENTICORE_FORBID_SKIPS=1 forbids that.');
    process.exitCode ||= 1;
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}
