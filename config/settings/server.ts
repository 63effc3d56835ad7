import { z } from 'zod';
import { ApiKeys } from '../../contract/http/api-keys.ts';
import { secret, setting } from '../setting.ts';
import { flag, hostList, maybeText, originList, path, text, url, whole } from '../values.ts';

const transport = z.string().pipe(z.enum(['http', 'sse', 'stdio'], 'must be http, sse or stdio'));
/** https; plain http only on loopback. */
const issuer = url('https:', 'http:').refine(
  (value) =>
    value === undefined || /^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(new URL(value).origin),
  'must be an https URL',
);

/** Where the server listens, who may call it, and how much. */
export const SERVER = {
  dataDir: setting(
    'AGENTICORE_DATA_DIR',
    path,
    '~/.agenticore',
    'Directory of the state of agenticore and of config.yml.',
  ),
  host: setting('AGENTICORE_HOST', text, '127.0.0.1', 'Address that the API listens on.'),
  port: setting('AGENTICORE_PORT', whole(0, 65_535), '8200', 'Port of the API; 0 means any free port.'),
  transport: setting(
    'AGENTICORE_TRANSPORT',
    transport,
    'http',
    'What `agenticore serve` speaks: http (MCP included, streamable and SSE), or stdio, which is `agenticore mcp`.',
  ),
  allowedHosts: setting(
    'AGENTICORE_ALLOWED_HOSTS',
    hostList,
    '',
    'Additional host names under which clients may call the API, separated by commas.',
  ),
  allowedOrigins: setting(
    'AGENTICORE_ALLOWED_ORIGINS',
    originList,
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
    'Whether the API may listen for other machines without keys or OAuth.',
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
    'Requests per minute that one owner may send, with keys or OAuth.',
  ),
  maxQueuedJobs: setting(
    'AGENTICORE_MAX_QUEUED_JOBS',
    whole(1, 1_000_000),
    '10000',
    'Jobs of one owner that may wait for their first seat.',
  ),
};
