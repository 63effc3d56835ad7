#!/usr/bin/env node
// Runs a job whose telemetry goes through a real Collector of OpenTelemetry, with deploy/otel-collector/config.yaml, to
// PostgreSQL. Builds the collector with Go into the cache first: some minutes, once. Not part of `npm test`. Arguments
// are jest's.
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const program = join(cache, 'agenticore', 'bin', 'otelcol');

const run = (command, args, env = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;

console.error('Building the collector with Go ...');
const built = run('go', ['build', '-C', join(root, 'scripts', 'collector'), '-o', program, '-ldflags', '-s -w', '.'], {
  GOWORK: 'off',
});
if (built !== 0) console.error('The collector could not be built; that needs Go 1.26 or newer.');
const jest = [join(root, 'scripts', 'jest.mjs'), '--config', 'jest.collector.config.mjs', ...process.argv.slice(2)];
process.exitCode = built || run(process.execPath, jest, { AGENTICORE_OTELCOL: program });
