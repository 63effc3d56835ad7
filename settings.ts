import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ApiKeys } from './contract/api-keys.ts';

/** One row of the table: where a value comes from, what it may be, and what it is for. `fallback` is text as a user would type it. */
export interface Setting<T> {
  variable: string;
  schema: z.ZodType<T, string>;
  fallback: string;
  about: string;
  /** The value is shown nowhere, not even in the message that refuses it. */
  secret: boolean;
}

/** In a fallback: the value of the first row. */
export const DATA_DIR = '<data dir>';
const setting = <T>(variable: string, schema: z.ZodType<T, string>, fallback: string, about: string): Setting<T> => ({
  variable,
  schema,
  fallback,
  about,
  secret: false,
});
const secret = <T>(variable: string, schema: z.ZodType<T, string>, about: string): Setting<T> => ({
  variable,
  schema,
  fallback: '',
  about,
  secret: true,
});

const orNothing = (text: string): string | undefined => (text === '' ? undefined : text);
const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
const absolute = (path: string): string => resolve(path.replace(/^~(?=\/|$)/, homedir()));

const text = z.string().min(1, 'must not be empty');
const maybeText = z.string().transform(orNothing);
const path = text.transform(absolute);
const maybePath = z.string().transform((value) => (value === '' ? undefined : absolute(value)));
const list = z.string().transform(words);
const flag = z
  .string()
  .regex(/^(true|false|1|0|yes|no|on|off|)$/i, 'must be true or false')
  .transform((value) => /^(true|1|yes|on)$/i.test(value));
const whole = (min: number, max: number): z.ZodType<number, string> =>
  z
    .string()
    .refine(
      (value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max,
      `must be a whole number from ${min} to ${max}`,
    )
    .transform(Number);
const url = (...schemes: string[]): z.ZodType<string | undefined, string> =>
  z
    .string()
    .refine(
      (value) => value === '' || (URL.canParse(value) && schemes.includes(new URL(value).protocol)),
      `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    )
    .transform(orNothing);
/** https; plain http only where nobody listens in. */
const issuer = url('https:', 'http:').refine(
  (value) =>
    value === undefined || /^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(new URL(value).origin),
  'must be an https address',
);
const person = text.regex(/^[^<>\p{Cc}]+$/u, 'must not contain < or > or control characters');
const level = z.string().pipe(z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'));
const transport = z.string().pipe(z.enum(['http', 'sse', 'stdio'], 'must be http, sse or stdio'));
const YEAR_S = 365 * 86_400;

/** Every setting, by its name in Config. In the file a setting is called like its variable, in small letters and without `AGENTICORE_`. */
export const SETTINGS = {
  dataDir: setting(
    'AGENTICORE_DATA_DIR',
    path,
    '~/.agenticore',
    'Where agenticore keeps its state, and its config.yml.',
  ),
  host: setting('AGENTICORE_HOST', text, '127.0.0.1', 'Address that the API listens on.'),
  port: setting('AGENTICORE_PORT', whole(0, 65_535), '8200', 'Port of the API; 0 takes any free one.'),
  transport: setting(
    'AGENTICORE_TRANSPORT',
    transport,
    'http',
    'What `agenticore serve` speaks: http (MCP included, streamable and SSE), or stdio, which is `agenticore mcp`.',
  ),
  allowedHosts: setting(
    'AGENTICORE_ALLOWED_HOSTS',
    list,
    '',
    'Further Host names that API callers may use, separated by commas.',
  ),
  allowedOrigins: setting(
    'AGENTICORE_ALLOWED_ORIGINS',
    list,
    '',
    'Web origins that may call the API, separated by commas.',
  ),
  apiKeys: secret(
    'AGENTICORE_API_KEYS',
    ApiKeys,
    'Keys of API callers, separated by commas, each `key` or `name=key`; the name is the owner of the jobs.',
  ),
  allowQueryKey: setting(
    'AGENTICORE_ALLOW_QUERY_KEY',
    flag,
    'false',
    'Whether a key may also come as `?api_key=`, which proxies and browsers write down.',
  ),
  allowAnonymous: setting(
    'AGENTICORE_ALLOW_ANONYMOUS',
    flag,
    'false',
    'Whether the API may be reached from other machines without any key.',
  ),
  oauthIssuer: setting(
    'AGENTICORE_OAUTH_ISSUER',
    issuer,
    '',
    'OAuth issuer whose access tokens are taken, exactly as their `iss`.',
  ),
  oauthAudience: setting(
    'AGENTICORE_OAUTH_AUDIENCE',
    maybeText,
    '',
    'What those tokens must be for (`aud`): best the address of this server as callers know it.',
  ),
  rateLimit: setting(
    'AGENTICORE_RATE_LIMIT',
    whole(1, 10_000_000),
    '3000',
    'Calls per minute that one owner may make, where there are keys or OAuth.',
  ),
  maxQueuedJobs: setting(
    'AGENTICORE_MAX_QUEUED_JOBS',
    whole(1, 1_000_000),
    '10000',
    'Jobs of one owner that may wait for their first seat.',
  ),
  reposRoot: setting('AGENTICORE_REPOS_ROOT', path, '~/agenticore-repos', 'Where mirrors of repositories are cached.'),
  worktreeRoot: setting('AGENTICORE_WORKTREE_ROOT', path, `${DATA_DIR}/worktrees`, 'Where jobs get their checkouts.'),
  allowLocalRepos: setting(
    'AGENTICORE_ALLOW_LOCAL_REPOS',
    flag,
    'false',
    'Whether repo_url may be a path or file:// address.',
  ),
  allowedRepoHosts: setting(
    'AGENTICORE_ALLOWED_REPO_HOSTS',
    list,
    '',
    'Private or loopback hosts that may be cloned from, separated by commas.',
  ),
  maxParallelJobs: setting(
    'AGENTICORE_MAX_PARALLEL_JOBS',
    whole(1, 1_000),
    '3',
    'Agents that one worker runs at once.',
  ),
  jobTtl: setting('AGENTICORE_JOB_TTL', whole(1, YEAR_S), '86400', 'Seconds that a job may wait for its first seat.'),
  seatTimeoutS: setting(
    'AGENTICORE_SEAT_TIMEOUT_S',
    whole(3, 3_600),
    '30',
    'Seconds of silence after which a worker counts as lost.',
  ),
  claudeBinary: setting('AGENTICORE_CLAUDE_BINARY', text, 'claude', 'Claude Code, by path or by name on PATH.'),
  claudeTimeout: setting(
    'AGENTICORE_CLAUDE_TIMEOUT',
    whole(1, YEAR_S),
    '3600',
    'Seconds that an agent may run where its profile does not say.',
  ),
  defaultProfile: setting('AGENTICORE_DEFAULT_PROFILE', text, 'code', 'Profile of jobs that name none.'),
  agentihooksPath: setting(
    'AGENTICORE_AGENTIHOOKS_PATH',
    maybePath,
    '',
    'A checkout of agentihooks whose profiles are offered too.',
  ),
  mcpFilesDir: setting(
    'AGENTICORE_MCP_FILES_DIR',
    maybePath,
    '',
    'Directory, the same on all hosts, of the .mcp.json files that jobs may name as `file_path`; without it none may.',
  ),
  redisUrl: secret(
    'REDIS_URL',
    url('redis:', 'rediss:'),
    'Redis that keeps the event logs; without it they are files in the data directory.',
  ),
  redisKeyPrefix: setting('REDIS_KEY_PREFIX', text, 'agenticore', 'What all Redis keys begin with.'),
  temporalBinary: setting(
    'AGENTICORE_TEMPORAL_BINARY',
    maybePath,
    '',
    'The `temporal` program to start the embedded engine with.',
  ),
  temporalUiUrl: setting(
    'AGENTICORE_TEMPORAL_UI_URL',
    url('http:', 'https:'),
    '',
    'Web UI of the Temporal cluster, for links to jobs.',
  ),
  cacheDir: setting(
    'XDG_CACHE_HOME',
    path,
    '~/.cache',
    'Where the downloaded or built engine is kept, in agenticore/bin.',
  ),
  gitAuthorName: setting('AGENTICORE_GIT_AUTHOR_NAME', person, 'agenticore', 'Author and committer of the commits.'),
  gitAuthorEmail: setting('AGENTICORE_GIT_AUTHOR_EMAIL', person, 'agenticore@localhost', 'Address of that author.'),
  githubToken: secret(
    'GITHUB_TOKEN',
    maybeText,
    'Token by which private repositories are read and branches are pushed.',
  ),
  githubApiUrl: setting(
    'GITHUB_API_URL',
    z
      .string()
      .refine(
        (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
        'must be an http or https URL',
      ),
    'https://api.github.com',
    'API of GitHub, or of a GitHub Enterprise server; GITHUB_TOKEN is used for its repositories alone.',
  ),
  logLevel: setting('AGENTICORE_LOG_LEVEL', level, 'info', 'Least level that is logged: debug, info, warn or error.'),
};
