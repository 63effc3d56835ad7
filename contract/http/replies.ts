/** Replies of the API that are not records. */
import { z } from 'zod';

/** Every error answer of the API. */
export const ErrorReply = z.object({
  success: z.literal(false),
  error: z.string(),
  code: z.string(),
  field: z.string().optional(),
  next_step: z.string().optional(),
});
export type ErrorReply = z.infer<typeof ErrorReply>;

/** Answer of GET /health. */
export const HealthReply = z.object({
  status: z.enum(['ok', 'degraded']).describe('`degraded`: jobs run, but see `problems`.'),
  service: z.literal('agenticore'),
  version: z.string(),
  ui_url: z.string().nullable().describe('URL of the Temporal Web UI; null if unknown.'),
  agent_mode: z.literal(true).optional().describe('Agent packages are served as models.'),
  package_dir: z.string().optional().describe('Folder of the first of them.'),
  default_model: z.string().optional().describe('Its name.'),
  problems: z.array(z.object({ code: z.string(), message: z.string(), next_step: z.string() })),
});
export type HealthReply = z.infer<typeof HealthReply>;

export const ProfileReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  profiles: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      agent: z.string(),
      model: z.string().nullable(),
      max_turns: z.number().nullable(),
      permission_mode: z.string().nullable(),
      timeout: z.number(),
      auto_pr: z.boolean(),
      effort: z.string().nullable(),
      worktree: z.literal(true).describe('Always true: a job always has a worktree.'),
    }),
  ),
});

export const EventReply = z.object({
  success: z.literal(true),
  events: z.array(
    z.object({
      seq: z.number().int(),
      at: z.string(),
      run: z
        .number()
        .int()
        .nullable()
        .describe(
          'Which answer of the agent it belongs to: 1 for a job, also when it is tried again; null in a `gap`.',
        ),
      event: z.looseObject({ type: z.string() }),
    }),
  ),
  cursor: z
    .number()
    .int()
    .describe('Pass it as `cursor` to read on; a page has at most 1 MiB, so it may be shorter than `limit`.'),
  ended: z.boolean().describe('Whether the stream has ended.'),
});
export type EventReply = z.infer<typeof EventReply>;
