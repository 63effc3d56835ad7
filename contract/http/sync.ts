import { z } from 'zod';

const outcome = z.enum(['ok', 'skipped', 'error']).optional();

export const SyncQuery = z.strictObject({
  target: z
    .enum(['all', 'agentihooks', 'bundle', 'agentihub', 'package'])
    .default('all')
    .describe('What is fetched; what is not configured is skipped.'),
});

/** Answer of POST /admin/sync: what became of each target that was asked for. */
export const SyncOutcomes = z.object({
  bundle: outcome,
  agentihooks: outcome,
  agentihub: outcome,
  package: outcome,
  problems: z.array(z.string()).describe('Why a target could not be fetched, or its new version was not taken.'),
});
export type SyncOutcomes = z.infer<typeof SyncOutcomes>;
