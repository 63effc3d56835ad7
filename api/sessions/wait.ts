import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import type { RunRecord } from '../../contract/http/run.ts';
import type { ServiceContext } from '../context.ts';
import { abortable } from '../temporal/with-abort.ts';
import type { SessionReader } from './reader.ts';

/** How often a run that has not begun is looked at: at first, and at the longest (milliseconds). */
const LOOK_MS = { first: 100, most: 1_000 };

/** Resolves with the run when it has ended, or as it is when `signal` aborts. Throws what SessionReader.run throws. */
export async function untilRunEnded(
  { client }: Pick<ServiceContext, 'client'>,
  reader: SessionReader,
  { id, owner, signal }: { id: string; owner: string; signal: AbortSignal },
): Promise<RunRecord> {
  for (let pause = LOOK_MS.first; ; pause = Math.min(pause * 1.5, LOOK_MS.most)) {
    const { record, begun } = await reader.findRun(id, owner);
    if (record.ended_at !== null || signal.aborted) return record;
    if (begun)
      await abortable(client, signal, () => client.workflow.getHandle(id).result()).catch((error: unknown) => {
        if (!(error instanceof WorkflowFailedError)) throw error;
      });
    else await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}
