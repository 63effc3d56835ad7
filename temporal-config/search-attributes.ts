import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/workflow/search-attributes.ts';

const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
const USABLE_MS = 30_000;
const POLL_MS = 250;
const NAMES = Object.values(SEARCH_ATTRIBUTES);

/**
 * Whether jobs can be indexed by SEARCH_ATTRIBUTES in the namespace; registers those that are missing and waits until
 * the server knows them (up to 30 s). False where this client may not register them, or the server cannot keep them.
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<boolean> {
  if (await areUsable(connection, namespace)) return true;
  if (!(await register(connection, namespace))) return false;
  for (const end = Date.now() + USABLE_MS; Date.now() < end; await wait(POLL_MS)) {
    if (await areUsable(connection, namespace)) return true;
  }
  return false;
}

/** What an administrator gives `temporal` where ensureSearchAttributes answers false. */
export const REGISTER_SEARCH_ATTRIBUTES = `operator search-attribute create ${NAMES.map((name) => `--name ${name} --type Keyword`).join(' ')}`;

/** A server refuses a query by an attribute that it does not know; asking needs no more rights than listing jobs. */
async function areUsable(connection: Connection, namespace: string): Promise<boolean> {
  const query = NAMES.map((name) => `${name} = 'x'`).join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === 3) return false;
    throw error;
  }
}

async function register(connection: Connection, namespace: string): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = NAMES.filter((name) => !(name in (customAttributes ?? {})));
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    if (missing.length > 0) await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    return true;
  } catch {
    return false;
  }
}
