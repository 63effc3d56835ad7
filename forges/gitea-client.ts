import { z } from 'zod';
import { read } from './answers.ts';
import { forgeFetch, type ForgeScope, type RootedScope } from './http.ts';

/**
 * A request to the API: method, path below /api/v1, and what is sent as JSON. Gives the answer's JSON, or undefined for
 * none.
 */
export type Call = (method: 'GET' | 'POST', path: string, body?: object) => Promise<unknown>;

const PAGE = 50;
const MAX_PAGES = 20;

/** Speaks to the API with `token`; rejects as forgeFetch does. */
export function giteaCaller(scope: RootedScope, token: string): Call {
  const fetch = forgeFetch(scope);
  const headers = { authorization: `token ${token}`, accept: 'application/json', 'content-type': 'application/json' };
  return async (method, path, body) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${scope.root}/api/v1${path}`, { method, headers, ...sent });
    const text = await answer.text();
    return text === '' ? undefined : read(Json, text, scope);
  };
}

const Json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
});

/** All entries of a list, up to a thousand. */
export async function listAll<T>(call: Call, path: string, entry: z.ZodType<T>, scope: ForgeScope): Promise<T[]> {
  const all: T[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = read(z.array(entry), await call('GET', `${path}?page=${page}&limit=${PAGE}`), scope);
    all.push(...answer);
    if (answer.length === 0) break;
  }
  return all;
}
