#!/usr/bin/env node
// Runs jest with the given arguments. The last line is always `N passed, N failed, N skipped`.
// AGENTICORE_FORBID_SKIPS=1 makes a run fail in which a test was skipped.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'agenticore-jest-'));
const totalsFile = join(folder, 'totals.json');
const node = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
];
// Last, because jest takes every bare word after a list option for one more of the list.
const reporters = ['--reporters=default', `--reporters=${join(root, 'scripts', 'jest-totals.mjs')}`];

// Ctrl-C reaches jest by itself; this process waits for jest's last words.
process.on('SIGINT', () => {});
const child = spawn(process.execPath, [...node, ...process.argv.slice(2), ...reporters], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, AGENTICORE_JEST_TOTALS: totalsFile },
});
process.on('SIGTERM', () => child.kill('SIGTERM'));
const [code] = await once(child, 'exit');
process.exitCode = code ?? 1;

const totals = readTotals();
rmSync(folder, { recursive: true, force: true });
if (totals) report(totals);

function readTotals() {
  try {
    return JSON.parse(readFileSync(totalsFile, 'utf8'));
  } catch {
    return undefined; // jest was asked for something else than running tests, or could not begin
  }
}

function report({ passed, failed, skipped }) {
  if (skipped > 0 && process.env.AGENTICORE_FORBID_SKIPS === '1') {
    console.log('Tests were skipped, and AGENTICORE_FORBID_SKIPS=1 forbids that.');
    process.exitCode ||= 1;
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}
