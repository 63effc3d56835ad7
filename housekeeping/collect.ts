import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { Config } from '../config/index.ts';
import { withLock } from '../processes/file-lock.ts';
import { connectClient } from '../temporal-config/connect.ts';
import { temporalTarget } from '../temporal-config/target.ts';
import { askTemporal, type AskFate } from './workflow-state.ts';
import { planGc } from './plan.ts';
import { runGc, type GcResult } from './run.ts';
import type { Rules } from './candidate.ts';

/** Removes what can go; waits while another process does so on this disk. Throws `engine_unavailable`. */
export async function collect(
  rules: Rules,
  ask: AskFate,
  { signal, plan = planGc }: { signal?: AbortSignal; plan?: typeof planGc } = {},
): Promise<GcResult[]> {
  return withLock(join(rules.dataDir, 'gc.lock'), async () => runGc(await plan(rules, ask), ask, signal), { signal });
}

/** The same once, with a connection of its own; where it is `dry` everything stays. */
export async function collectOnce(config: Config, { dry }: { dry: boolean }): Promise<GcResult[]> {
  const target = temporalTarget(config);
  const connection = await connectClient(target, 0);
  try {
    const ask = askTemporal(new Client({ connection, namespace: target.namespace }));
    if (!dry) return await collect(config, ask);
    return (await planGc(config, ask)).map(({ item }) => ({ ...item, removed: false }));
  } finally {
    await connection.close();
  }
}
