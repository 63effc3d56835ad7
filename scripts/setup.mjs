#!/usr/bin/env node
// Installs and builds whatever the other scripts need and is not there yet; with --for-tests what only the tests need,
// too. Says nothing when all is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];

async function setup() {
  checkNode();
  if (!isInstalled()) {
    install();
    checkClaude();
  }
  const { build } = await import('./build.mjs');
  await build();
  const { loadConfig } = await import('../dist/config/index.js');
  const config = loadConfig();
  const { findTemporal } = await import('../dist/temporal-config/dev-server/binary.js');
  await findTemporal(config);
  if (!process.argv.includes('--for-tests')) return;
  const { installPythonClients } = await import('../dist/scripts/python-clients.js');
  await installPythonClients(config.cacheDir);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (isOld)
    throw new Error(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE.join('.')} or newer.`);
}

/** Whether node_modules holds what package-lock.json says, less what is optional. */
function isInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) =>
      path === '' || optional || (installed[path]?.version === version && existsSync(join(root, path))),
  );
}

function packagesOf(lockfile) {
  const file = join(root, lockfile);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

function install() {
  console.error('Installing the dependencies ...');
  const args = ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm ? [process.execPath, npm] : ['npm'];
  const { status } = spawnSync(command, [...before, ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('`npm install` failed; its reason stands above.');
}

/** The coding agent comes with an install script, which npm may have been told not to run. */
function checkClaude() {
  const claude = join(root, 'node_modules', '.bin', 'claude');
  const starts = () => spawnSync(claude, ['--version'], { stdio: 'ignore' }).status === 0;
  if (starts()) return;
  const folder = join(root, 'node_modules', '@anthropic-ai', 'claude-code');
  spawnSync(process.execPath, ['install.cjs'], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (!starts())
    throw new Error(
      `Claude Code (${claude}) does not start: allow npm to install optional dependencies, remove node_modules and run this again.`,
    );
}

await setup().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
