#!/usr/bin/env node
// Drives Open WebUI, from PyPI, in headless Chromium against the built product. Installs it into the cache first, where
// it is not there: that takes 7 GB and some minutes. Not part of `npm test`. Arguments are jest's.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '0.12.4';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const folder = join(cache, 'agenticore-open-webui', 'venv');
const program = join(folder, 'bin', 'open-webui');

const run = (command, args, env = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;

function install() {
  console.error(`Installing Open WebUI ${VERSION} ...`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  const isInstalled =
    run('python3', ['-m', 'venv', folder]) === 0 &&
    run(join(folder, 'bin', 'python'), [...pip, `open-webui==${VERSION}`]) === 0;
  if (isInstalled) return true;
  rmSync(folder, { recursive: true, force: true });
  console.error('Open WebUI could not be installed; it needs Python 3.11 or 3.12 with its venv.');
  return false;
}

const isThere = existsSync(program) || install();
const jest = [join(root, 'scripts', 'jest.mjs'), '--config', 'jest.open-webui.config.mjs', ...process.argv.slice(2)];
process.exitCode = isThere ? run(process.execPath, jest, { AGENTICORE_OPEN_WEBUI: program }) : 1;
