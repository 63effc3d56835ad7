import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { withLock } from '../../processes/file-lock.ts';

/** Where the Temporal server is that the tests of a run share, and the folder that its database and its log are in. */
export interface SharedTemporal {
  address: string;
  uiUrl: string;
  folder: string;
}

/** A namespace of a Temporal server. */
export interface Namespace {
  address: string;
  namespace: string;
}

/** The namespaces that the shared server is started with: one that is made later is not known to all of it at once. */
export const NAMESPACES = Array.from({ length: 300 }, (_, number) => `test-${number + 1}`);

/** The server that `tests/support/start-temporal.mjs` has started. */
function sharedTemporal(): SharedTemporal {
  const told = process.env.AGENTICORE_TEST_TEMPORAL;
  if (told === undefined) throw new Error('no Temporal is shared: start the tests with `node scripts/jest.mjs`');
  return JSON.parse(told) as SharedTemporal;
}

/** A namespace that no other test of the run has or will have. */
export function takeNamespace(): Namespace {
  const { address, folder } = sharedTemporal();
  const namespace = NAMESPACES.find((name) => take(join(folder, 'taken', name)));
  if (namespace === undefined) throw new Error('all namespaces are taken: add some in tests/support/temporal.ts');
  return { address, namespace };
}

/** What makes the product work in the namespace. */
export const environmentOf = ({ address, namespace }: Namespace): Record<string, string> => ({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_NAMESPACE: namespace,
  AGENTICORE_TEMPORAL_UI_URL: sharedTemporal().uiUrl,
});

/** Runs `work` with a client of the namespace. */
export async function withClient<T>(
  { address, namespace }: Namespace,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

/** What `make` gives, as JSON can say it: made by the first test file of the run that asks for `name`. */
export async function madeOnce<T>(name: string, make: () => Promise<T>): Promise<T> {
  const file = join(sharedTemporal().folder, `${name}.json`);
  return withLock(`${file}.lock`, async () => {
    if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as T;
    const made = await make();
    await writeFile(file, JSON.stringify(made));
    return made;
  });
}

/** Creates the file, which only one can. */
function take(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'));
    return true;
  } catch {
    return false;
  }
}
