import { homedir } from 'node:os';
import { join } from 'node:path';
import { defined } from '../contract/shared/defined.ts';
import type { Credentials } from '../contract/shared/credentials.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { explain } from './git-errors.ts';
import { withoutProgress } from './fetch-progress.ts';
import { inSpan } from '../telemetry/in-span.ts';
import { run, type Ran, type Run } from '../processes/run-program.ts';

interface GitRemote extends Pick<RepoUrl, 'url' | 'protocol'> {
  /** A folder of ours, or one of another user that the operator lets git read. */
  trusted?: boolean;
}

export interface GitOptions {
  /** What is attempted, for the error: "read the repository". */
  action: string;
  signal?: AbortSignal | undefined;
  /** How long a command that speaks to a remote may be silent; local commands need no limit. */
  timeoutMs?: number | undefined;
  /** Gets stderr as it comes. */
  onStderr?: ((text: string) => void) | undefined;
  /** The one remote that may be spoken to; without it git may use no transport at all. */
  remote?: GitRemote | undefined;
  credentials?: Credentials | undefined;
  input?: string;
  /** Descriptor from `withLock`. */
  lock?: number | undefined;
  /** More settings, as name=value. */
  config?: readonly string[];
  /** More variables. */
  env?: Readonly<Record<string, string>>;
}

const PASSED = [
  'PATH',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'GIT_EXEC_PATH',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'CURL_CA_BUNDLE',
];
const SEALED_ENV = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  // What a partial mirror lacks is fetched by complete-trees.ts alone.
  GIT_NO_LAZY_FETCH: '1',
  HOME: '/nonexistent',
  LC_ALL: 'C',
};
// The package has it beside the source, also where this is compiled or bundled.
const SAFE_DIRECTORY = join(import.meta.dirname.replace(/\/dist\/\w+$/, '/git'), 'safe-directory.gitconfig');
const SEALED_CONFIG = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'credential.helper=',
  'protocol.ext.allow=never',
  'http.followRedirects=false',
  // A silent remote is given up before the command's own limit, so that the next try can begin.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=90',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'advice.detachedHead=false',
];
// Scoped to the remote's own scheme and host: git offers the token to nobody else.
const HELPER = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$AGENTICORE_GIT_USERNAME" "$AGENTICORE_GIT_PASSWORD"; }; f`;

const SSH_OPTIONS =
  '-o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15 -o ControlMaster=no -o ControlPath=none';

/**
 * How ssh finds its keys and the hosts it knows: the operator's agent, home and GIT_SSH_COMMAND, whose options beat
 * ours because ssh takes the first of each.
 */
function sshEnv(): Record<string, string> {
  const { SSH_AUTH_SOCK, GIT_SSH_COMMAND = '' } = process.env;
  const command = GIT_SSH_COMMAND.trim() === '' ? 'ssh' : GIT_SSH_COMMAND;
  // A shell reads this: it has the real home for a `~` in the operator's command, and git itself still has none.
  const home = `HOME=${quotedForShell(homedir())}`;
  return {
    GIT_SSH_COMMAND: `${home}; ${command} ${SSH_OPTIONS}`,
    // Git would guess it from the first word of the command.
    GIT_SSH_VARIANT: 'ssh',
    ...defined({ SSH_AUTH_SOCK }),
  };
}

/** Environment in which git sees no configuration but ours: nobody's home, system or variables. */
export function sealedEnv(options: Pick<GitOptions, 'remote' | 'credentials' | 'env'> = {}): Record<string, string> {
  const passed = PASSED.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
  );
  const env: Record<string, string> = {
    ...Object.fromEntries(passed),
    ...SEALED_ENV,
    ...(options.remote?.protocol === 'ssh' ? sshEnv() : {}),
    GIT_ALLOW_PROTOCOL: options.remote?.protocol ?? 'none',
    // All folders that git finds by itself are ours; a local remote is not.
    GIT_CONFIG_GLOBAL: options.remote?.protocol === 'file' && !options.remote.trusted ? '/dev/null' : SAFE_DIRECTORY,
    ...options.env,
  };
  if (options.credentials === undefined) return env;
  const { username, password } = options.credentials;
  return { ...env, AGENTICORE_GIT_USERNAME: username, AGENTICORE_GIT_PASSWORD: password };
}

/**
 * Runs git sealed off from all configuration but ours and gives what came of it; see `run` for how it ends. Never in an
 * agent's checkout.
 */
export async function tryGit(args: readonly string[], options: GitOptions): Promise<Ran> {
  const config = settingsOf(options);
  return spawnGit([commandOf(args)], { file: 'git', args: [...config, ...args] }, options);
}

/**
 * Runs git commands one after the other, each as `tryGit` does, until one fails: one process of ours where each would
 * cost several. Answers those that ran; what they said on stderr is not told apart.
 */
export async function gitInTurn(commands: readonly (readonly string[])[], options: GitOptions): Promise<Ran[]> {
  const config = settingsOf(options);
  const lines = commands.map((args) => `git ${[...config, ...args].map(quotedForShell).join(' ')}; told`);
  const script = [TOLD, ...lines].join('\n');
  const ran = await spawnGit(commands.map(commandOf), { file: { script }, args: [] }, options);
  const parts = ran.stdout.split('\0');
  const ended = parts.flatMap((part, at) =>
    at % 2 === 1 ? [{ ...ran, code: Number(part), stdout: parts[at - 1] ?? '' }] : [],
  );
  // The one that was under way when all were killed.
  return ran.code === 0 && !ran.timedOut ? ended : [...ended, { ...ran, stdout: parts.at(-1) ?? '' }];
}

/** No output of git that is read here has a NUL. */
const TOLD = `told() { code=$?; printf '\\0%d\\0' $code; test $code = 0 || exit 0; }`;

/** What each command of git is given before its own arguments. */
function settingsOf({ credentials, remote, config = [] }: GitOptions): string[] {
  // A line end would smuggle a second field into the credential protocol of git.
  if (credentials !== undefined && /[\u0000-\u001f]/.test(credentials.username + credentials.password)) {
    throw new Failure(
      'repo_auth_failed',
      'The git token contains control characters; set it again without line breaks.',
    );
  }
  const helper =
    credentials === undefined || remote === undefined
      ? []
      : [`credential.${new URL(remote.url).origin}.helper=${HELPER}`];
  return [...SEALED_CONFIG, ...helper, ...config].flatMap((setting) => ['-c', setting]);
}

async function spawnGit(
  commands: readonly string[],
  program: Pick<Run, 'file' | 'args'>,
  options: GitOptions,
): Promise<Ran> {
  const { signal, timeoutMs: silenceMs, onStderr, input = '', lock } = options;
  const env = sealedEnv(options);
  // Arguments may hold what is secret: the names of the commands are enough.
  const names = commands.join(', ');
  return inSpan(`git ${names}`, { 'agenticore.git.command': names }, async (span) => {
    const ran = await run({ ...program, env, signal, silenceMs, onStderr, input, lock });
    span?.setAttribute('agenticore.git.exit_code', ran.code);
    return ran;
  });
}

/** One word of a program of the shell. */
export const quotedForShell = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** The command among the arguments of git, behind the folder in which it works. */
const commandOf = (args: readonly string[]): string =>
  args.find((word, index) => /^[a-z][a-z-]*$/.test(word) && !/^-[cC]$/.test(args[index - 1] ?? '')) ?? 'unknown';

/**
 * Like `tryGit`, but gives stdout, and rejects with a Failure that says what `action` failed of and what to do. A
 * remote that is not done within `timeoutMs` is `remote_unavailable`. No text holds the credentials.
 */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const ran = await tryGit(args, options);
  if (ran.code === 0 && !ran.timedOut) return ran.stdout;
  throw explainRan(ran, options);
}

/** The Failure for a git command that failed. */
export function explainRan(ran: Ran, options: GitOptions): Failure {
  const seconds = Math.round((options.timeoutMs ?? 0) / 1000);
  if (ran.timedOut)
    return new Failure('remote_unavailable', `Could not ${options.action}. The remote was silent for ${seconds} s.`);
  if (ran.code === 127)
    return new Failure('internal', `Could not ${options.action}. git is not installed on this host; install it.`);
  // A shell that cannot start ssh repeats the operator's command.
  const secrets = [options.credentials?.password, process.env.GIT_SSH_COMMAND];
  return explain(
    options.action,
    withoutProgress(ran.stderr),
    secrets.filter((secret) => secret !== undefined),
  );
}
