import { readdir, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { Logger } from '../contract/shared/logger.ts';
import { run } from '../processes/run-program.ts';
import type { AgentPackage } from './package.ts';

/** Longest time of one script in `runners/`, and of the bootstrap script (milliseconds). */
const RUNNER_MS = 60_000;
const BOOTSTRAP_MS = 180_000;

/** Most of a script's output that is logged, in characters: its end. */
const MAX_OUTPUT = 2_000;

/** What a script may know of the worker's environment, beside what its package names in `env`. */
const PASSED =
  'PATH HOME LANG LC_ALL TERM TMPDIR SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS http_proxy https_proxy HTTP_PROXY HTTPS_PROXY no_proxy NO_PROXY'.split(
    ' ',
  );

const PROGRAMS: Readonly<Record<string, string>> = { '.sh': 'bash', '.py': 'python3' };

interface StartUp {
  env: NodeJS.ProcessEnv;
  log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Runs the scripts in `runners/` of a package, in the order of their names. One that fails is logged; the others run.
 */
export async function runStartUp({ name, dir, profile }: AgentPackage, { env, log }: StartUp): Promise<void> {
  const folder = join(dir, 'runners');
  const names = await readdir(folder).catch((): string[] => []);
  const known = { AGENT_MODE_PACKAGE_DIR: dir };
  for (const script of names.filter((each) => Object.hasOwn(PROGRAMS, extname(each))).sort()) {
    const path = join(folder, script);
    if (!(await stat(path)).isFile()) continue;
    const what = { path, cwd: dir, timeoutMs: RUNNER_MS, env: { ...passed(env, profile.env), ...known } };
    await runScript(what, log, { package: name });
  }
}

/** Runs the operator's own script before all others; its failure is logged. */
export async function runBootstrap(path: string, { env, log }: StartUp): Promise<void> {
  await runScript({ path, cwd: dirname(path), timeoutMs: BOOTSTRAP_MS, env: passed(env, []) }, log, {});
}

interface Script {
  path: string;
  cwd: string;
  timeoutMs: number;
  env: Record<string, string>;
}

async function runScript({ path, cwd, timeoutMs, env }: Script, log: StartUp['log'], about: object): Promise<void> {
  const program = PROGRAMS[extname(path)] ?? 'bash';
  const args = ['-c', 'cd "$0" && exec "$@"', cwd, program, path];
  const { code, stdout, stderr, timedOut } = await run({ file: '/bin/sh', args, env, timeoutMs });
  const output = (stdout + stderr).trim().slice(-MAX_OUTPUT);
  const facts = { ...about, script: path, output };
  if (timedOut) log.warn(facts, `a start-up script was stopped after ${timeoutMs / 1_000} s`);
  else if (code !== 0) log.warn(facts, `a start-up script ended with exit code ${code}`);
  else log.info(facts, 'a start-up script has ended');
}

const passed = (env: NodeJS.ProcessEnv, more: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    [...PASSED, ...more].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const])),
  );
