#!/usr/bin/env node
// Compiles the product to dist/, bundles the program and its workflows. Does nothing when no source has changed since.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle-program.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const NOT_SOURCES = new Set(['node_modules', 'dist', 'coverage', 'docs', 'tests']);
/** What the demo and the benchmark share with the tests: a model that follows a script, and a repository. */
const SHARED_WITH_TESTS = ['tests/support/model', 'tests/support/sample-repo.ts'];
const BUNDLED = ['workflows/', 'contract/', 'workers/bundle-workflows.ts'];

/** Brings dist/ up to date; returns whether there was something to do. */
export async function build() {
  const sources = [root, ...SHARED_WITH_TESTS.map((path) => join(root, path))].flatMap(findSources);
  const compiled = stamp('compile', [...sources, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']);
  const bundlers = ['scripts/bundle-program.mjs', 'scripts/bundled-libraries.mjs'];
  const program = stamp('program', [...sources, 'package-lock.json', ...bundlers]);
  const bundled = stamp('bundle', [
    ...sources.filter((file) => BUNDLED.some((path) => file.startsWith(path))),
    'package-lock.json',
  ]);
  if ([compiled, program, bundled].every(({ isFresh }) => isFresh)) return false;
  const begun = Date.now();
  await compiled.bring(() => compile(sources));
  await program.bring(() => bundleProgram(root, dist));
  await bundled.bring(bundle);
  console.error(`Built dist/ in ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
  return true;
}

function findSources(folder) {
  if (folder.endsWith('.ts')) return [relative(root, folder)];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_SOURCES.has(entry.name) || entry.name.startsWith('.') ? [] : findSources(path);
    return /(?<!\.test)\.ts$/.test(entry.name) ? [relative(root, path)] : [];
  });
}

/** Remembers in dist/ which content a step was done for. */
function stamp(name, files) {
  const file = join(dist, `.${name}-stamp`);
  const hash = createHash('sha256');
  for (const path of files.sort()) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  const now = hash.digest('hex');
  const isFresh = existsSync(file) && readFileSync(file, 'utf8') === now;
  /** Does the step where it is due. One that fails has left something else than was there. */
  async function bring(step) {
    if (isFresh) return;
    rmSync(file, { force: true });
    await step();
    writeFileSync(file, now);
  }
  return { isFresh, bring };
}

function compile(sources) {
  mkdirSync(dist, { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', 'tsconfig.build.json', '--incremental', '--tsBuildInfoFile', join(dist, '.tsbuildinfo')];
  const { status } = spawnSync(process.execPath, [tsc, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('The TypeScript compiler reported the errors above.');
  removeOrphans(dist, new Set(sources.map((file) => join(dist, file.replace(/\.ts$/, '')))));
}

/** Removes what was compiled from sources that are gone. */
function removeOrphans(folder, known) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (path === join(dist, 'program')) continue;
    if (entry.isDirectory()) removeOrphans(path, known);
    else if (/\.js(\.map)?$/.test(path) && path !== bundleFile && !known.has(path.replace(/\.js(\.map)?$/, '')))
      rmSync(path);
  }
}

const bundleFile = join(dist, 'workflows', 'bundle.js');

async function bundle() {
  const { bundleWorkflows } = await import(join(dist, 'workers', 'bundle-workflows.js'));
  const { code } = await bundleWorkflows();
  writeFileSync(bundleFile, code);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
