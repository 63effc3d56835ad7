import type { Answer, Api } from './api.ts';

/** The keys of two owners. */
export const OWNER_KEYS = { alice: 'key-of-alice-0123456789', bob: 'key-of-bob-0123456789' };
export type Owner = keyof typeof OWNER_KEYS;

/** AGENTICORE_API_KEYS with both. */
export const API_KEYS = Object.entries(OWNER_KEYS)
  .map(([name, key]) => `${name}=${key}`)
  .join(',');

/** One call by an owner; `json` is its body. */
export const sendAs =
  (api: () => Api, usual: Owner = 'alice') =>
  (
    method: string,
    path: string,
    json?: unknown,
    { owner = usual, headers = {} }: { owner?: Owner; headers?: Record<string, string> } = {},
  ): Promise<Answer> =>
    api().send({
      method,
      path,
      headers: {
        'x-api-key': OWNER_KEYS[owner],
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
