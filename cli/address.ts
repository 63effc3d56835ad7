import { usageError } from './errors.ts';

/** Port on which `agentd` listens when nothing else is said. */
export const AGENTD_PORT = 8765;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Root of the API without a slash at its end: `--url`, else AGENTICORE_URL, else where `agenticore serve` of the same
 * environment listens. Refuses anything but an http(s) URL, and a URL with a password, which would be shown.
 */
export const serverUrl = (option: string | undefined, env: Environment = process.env): string =>
  rootOf(option ?? valueOf(env.AGENTICORE_URL) ?? localUrl(env), 'AGENTICORE_URL', 'AGENTICORE_API_KEY');

/** The same for agentctl: `--url`, else AGENTCTL_URL, else where `agentd` listens. */
export const daemonUrl = (option: string | undefined, env: Environment = process.env): string =>
  rootOf(
    option ?? valueOf(env.AGENTCTL_URL) ?? `http://127.0.0.1:${AGENTD_PORT}`,
    'AGENTCTL_URL',
    'AGENTCTL_AUTH_TOKEN',
  );

function rootOf(given: string, variable: string, keyVariable: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw usageError(
      'The URL of the server must be an http or https URL such as http://127.0.0.1:8200.',
      `Correct --url or ${variable}.`,
    );
  if (url.username !== '' || url.password !== '')
    throw usageError(
      'The URL of the server must not contain a user name or password.',
      `Put the key into ${keyVariable} instead.`,
    );
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** Whether `--url` or AGENTICORE_URL names a server. */
export const isNamed = (option: string | undefined, env: Environment = process.env): boolean =>
  (option ?? valueOf(env.AGENTICORE_URL)) !== undefined;

/** The key of AGENTICORE_API_KEY; undefined where none is set. Refuses what an HTTP header cannot carry. */
export const apiKey = (env: Environment = process.env): string | undefined =>
  checkedKey(valueOf(env.AGENTICORE_API_KEY), 'AGENTICORE_API_KEY');

/** The token of agentctl: `--auth-token`, else AGENTCTL_AUTH_TOKEN. */
export const authToken = (option: string | undefined, env: Environment = process.env): string | undefined =>
  option === undefined
    ? checkedKey(valueOf(env.AGENTCTL_AUTH_TOKEN), 'AGENTCTL_AUTH_TOKEN')
    : checkedKey(option, '--auth-token');

function checkedKey(key: string | undefined, source: string): string | undefined {
  if (key !== undefined && !/^[\x20-\x7e]+$/.test(key))
    throw usageError(`${source} contains characters that a key cannot have.`, 'Set it again.');
  return key;
}

/** A variable that is set to nothing counts as not set. */
function valueOf(variable: string | undefined): string | undefined {
  const value = variable?.trim();
  return value === '' ? undefined : value;
}

function localUrl(env: Environment): string {
  const host = valueOf(env.AGENTICORE_HOST) ?? '127.0.0.1';
  const port = valueOf(env.AGENTICORE_PORT) ?? '8200';
  return `http://${reachable(host)}:${port}`;
}

/** The address at which a server that listens on `host` can be called from the same machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
