import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../config/index.ts';
import { HISTORY_PATHS, type Recorded } from './history-paths.ts';

/** Where the recorded histories are. */
export const HISTORIES = join(packageRoot, 'tests', 'replay');

/**
 * Writes a history of each path that a workflow of the namespace has taken to `tests/replay`, where
 * AGENTICORE_RECORD_HISTORIES=1.
 */
export async function recordHistories(client: Client): Promise<void> {
  if (process.env.AGENTICORE_RECORD_HISTORIES !== '1') return;
  await mkdir(HISTORIES, { recursive: true });
  for await (const { workflowId, runId, type, status } of client.workflow.list()) {
    if (status.name === 'RUNNING') continue;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    const [input] = await decodeArrayFromPayloads(client.options.loadedDataConverter, started?.input?.payloads);
    const recorded: Recorded = { type, input: input as Recorded['input'], events: history.events ?? [] };
    const names = Object.keys(HISTORY_PATHS).filter((name) => HISTORY_PATHS[name]?.(recorded));
    const text = withoutThisMachine(historyToJSON(history));
    for (const name of names) await writeFile(join(HISTORIES, `${name}.json`), text);
  }
}

/** The names of this machine and its folders, and what stands in place of them. */
const OURS = [
  [hostname(), 'host'],
  [packageRoot, '/package'],
  [homedir(), '/home'],
  [tmpdir(), '/tmp'],
] as const;

/** The history without what only this machine has, in its payloads as well. */
function withoutThisMachine(json: string): string {
  const clean = (text: string): string =>
    OURS.reduce((cleaner, [ours, theirs]) => cleaner.replaceAll(ours, theirs), text).replaceAll(
      /agenticore-test-\w+/g,
      'agenticore-test',
    );
  const isPayload = (key: string): boolean => key === 'data';
  const value: unknown = JSON.parse(json, (key, each: unknown) => {
    if (typeof each !== 'string') return each;
    if (!isPayload(key)) return clean(each);
    return Buffer.from(clean(Buffer.from(each, 'base64').toString('utf8'))).toString('base64');
  });
  return `${JSON.stringify(value)}\n`;
}
