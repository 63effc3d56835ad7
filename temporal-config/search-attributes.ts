import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/workflow/search-attributes.ts';

const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
const USABLE_MS = 30_000;
const POLL_MS = 250;
const NAMES = Object.values(SEARCH_ATTRIBUTES);

/** Search attributes that a namespace does not have. */
export interface MissingAttributes {
  names: string[];
  /** Why they could not be registered, in the server's words; absent where that was not tried. */
  reason?: string;
}

/**
 * Registers those of SEARCH_ATTRIBUTES that the namespace does not have, and waits until the server knows them (up to
 * 30 s). Answers what is missing then: this client may not register them, or the namespace has no room for them.
 */
export async function ensureSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<MissingAttributes | undefined> {
  if ((await missingAttributes(connection, namespace)) === undefined) return undefined;
  const reason = await register(connection, namespace);
  for (const end = Date.now() + (reason === undefined ? USABLE_MS : 0); ; await wait(POLL_MS)) {
    const missing = await missingAttributes(connection, namespace);
    if (missing === undefined) return undefined;
    if (Date.now() >= end) return { ...missing, reason: reason ?? 'the server does not know them yet' };
  }
}

/** What is missing of SEARCH_ATTRIBUTES; asking needs no more rights than listing jobs. */
export async function missingAttributes(
  connection: Connection,
  namespace: string,
): Promise<MissingAttributes | undefined> {
  if (await areUsable(connection, namespace, NAMES)) return undefined;
  const known = await Promise.all(NAMES.map((name) => areUsable(connection, namespace, [name])));
  return { names: NAMES.filter((_name, index) => known[index] !== true) };
}

/** What does not work without them, and what an administrator can do about it. */
export function explainMissing(
  { names, reason }: MissingAttributes,
  namespace: string,
): { message: string; next_step: string } {
  const why = reason === undefined ? '' : ` (${reason})`;
  const run = reason === undefined ? '`agenticore serve` registers them at its start; where it could not, run' : 'Run';
  const options = names.map((name) => `--name ${name} --type Keyword`).join(' ');
  return {
    message: `The Temporal namespace ${namespace} lacks the search attributes ${names.join(', ')}${why}. Jobs run, but lists are slow and their pages may be short, queue_position is unknown, AGENTICORE_MAX_QUEUED_JOBS has no effect, and the Temporal Web UI cannot filter jobs.`,
    next_step: `${run}: temporal operator search-attribute create --namespace ${namespace} ${options}. Where there is no room for them, first remove attributes that nobody uses.`,
  };
}

/** A server refuses a query by an attribute that it does not know. */
async function areUsable(connection: Connection, namespace: string, names: readonly string[]): Promise<boolean> {
  const query = names.map((name) => `${name} = 'x'`).join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === 3) return false;
    throw error;
  }
}

/** Why they cannot be registered; undefined where they are. */
async function register(connection: Connection, namespace: string): Promise<string | undefined> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = NAMES.filter((name) => !(name in (customAttributes ?? {})));
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    if (missing.length > 0) await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    return undefined;
  } catch (error) {
    const { details = '', message } = error as Error & { details?: string };
    return details === '' ? message : details;
  }
}
