import { statSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import type { Toolchains } from '../processes/toolchains.ts';
import type { Agent } from './agent.ts';

/** What an environment is made from, besides what the worker's own gives. */
export interface AgentSurroundings {
  /** Home directory of the job alone: the real one holds keys and credentials. */
  home: string;
  tmp: string;
  /** The checkout that it works in, where it has one. */
  worktree?: string;
  /** Author and committer of the agent's commits. */
  author: { name: string; email: string };
  /** What the worker's user has installed in the real home. */
  toolchains: Pick<Toolchains, 'env' | 'path'>;
}

/**
 * Variables that pass from the worker to what runs for a job. Everything else stays: forge tokens, API keys, the
 * addresses of Temporal and Redis.
 */
const PASSED: readonly string[] = [
  ...['LANG', 'LC_ALL', 'LC_CTYPE', 'TERM', 'TZ', 'JAVA_HOME', 'GOROOT'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'],
];

// On a volume that gives everything another owner git would refuse to work in the job's own checkout.
const SAFE_DIRECTORY = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };

const isOwn = (path: string): boolean =>
  [undefined, process.getuid?.()].includes(statSync(path, { throwIfNoEntry: false })?.uid);

/** The complete environment of a program that runs for a job and is not its agent: without the model's credentials. */
export function jobEnvironment(source: NodeJS.ProcessEnv, job: AgentSurroundings): Record<string, string> {
  const { name, email } = job.author;
  const { env, path } = job.toolchains;
  const own = source.PATH?.split(delimiter) ?? [];
  return {
    ...env,
    ...passed(source, PASSED),
    PATH: [...new Set([...own, ...path])].join(delimiter),
    HOME: job.home,
    TMPDIR: job.tmp,
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    // Without it git waits for a password that nobody types.
    GIT_TERMINAL_PROMPT: '0',
    // What the machine's configuration does to files, the checkout was made without.
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    // Without a repository of its own, git would work in one further up.
    ...(job.worktree === undefined ? {} : { GIT_CEILING_DIRECTORIES: dirname(job.worktree) }),
    ...(job.worktree === undefined || isOwn(job.worktree) ? {} : SAFE_DIRECTORY),
  };
}

/**
 * The complete environment of an agent. `names` are further variables of the worker, such as those of Bedrock or
 * Vertex.
 */
export function agentEnvironment(
  agent: Pick<Agent, 'passedVariables' | 'environment'>,
  source: NodeJS.ProcessEnv,
  job: AgentSurroundings & { config: string; names: readonly string[] },
): Record<string, string> {
  return {
    ...passed(source, [...agent.passedVariables, ...job.names]),
    ...jobEnvironment(source, job),
    ...agent.environment(job.config),
  };
}

/** The variables `names` of `source`, those that it has. */
export const passed = (source: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = source[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
