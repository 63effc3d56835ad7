import { NativeConnection } from '@temporalio/worker';
import { patiently } from './connect.ts';
import type { Target } from './target.ts';

/** Connection of a worker to `target`; tries and throws like connectClient. */
export async function connectWorker(target: Target, patienceMs?: number): Promise<NativeConnection> {
  return patiently(target, () => NativeConnection.connect({ ...target.options, address: target.address }), patienceMs);
}
