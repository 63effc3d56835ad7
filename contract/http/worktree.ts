import { z } from 'zod';
import { JobRequest } from './job-request.ts';

export const WorktreeId = z.uuid('must be a worktree id from POST /worktrees');

/** Body of POST /worktrees, and what `prepare_worktree` takes. */
export const PrepareBody = z.strictObject({
  repo_url: z.string().max(2_000).describe('https or ssh URL of the repository.'),
  base_ref: JobRequest.shape.base_ref,
  wait: z.boolean().default(true).describe('Reply when the worktree is ready or has failed, instead of at once.'),
  wait_timeout_s: z.number().int().min(1).max(3_600).default(600).describe('Seconds that `wait` waits at most.'),
});
export type PrepareBody = z.infer<typeof PrepareBody>;

/** A prepared worktree as every surface shows it. Fields that are not known (yet) are null. */
export const WorktreeRecord = z.object({
  id: z.string(),
  status: z.enum(['preparing', 'ready', 'removing', 'removed', 'failed']),
  repo_url: z.string(),
  base_ref: z.string().nullable().describe('Branch, tag or commit that it starts from.'),
  branch: z.string().nullable().describe('Branch that its jobs push to.'),
  path: z.string().nullable().describe('Path on its host.'),
  host: z.string().nullable().describe('The worker that prepared it.'),
  disk: z.string().nullable().describe('Id of the data directory that has it.'),
  owner: z.string(),
  pushed: z
    .boolean()
    .nullable()
    .describe('Whether the remote has all commits of its branch; null where that is not known.'),
  size_bytes: z.number().int().nullable().describe('Size on disk when it was prepared or last used.'),
  age_hours: z.number().describe('Hours since it was requested.'),
  error: z.string().nullable().describe('Why it could not be prepared, or why its last removal failed.'),
  error_code: z.string().nullable(),
  next_step: z.string().nullable().describe('What to do about the error.'),
  created_at: z.string(),
  ui_url: z.string().nullable().describe('Link to the worktree in the Temporal Web UI.'),
});
export type WorktreeRecord = z.infer<typeof WorktreeRecord>;

export const WorktreeReply = z.object({ success: z.literal(true), worktree: WorktreeRecord });

/** A page of worktrees. */
export const WorktreeQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(10_000).optional().describe('`next_cursor` of the page before.'),
});
export type WorktreeQuery = z.infer<typeof WorktreeQuery>;

export const WorktreeListReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  worktrees: z.array(WorktreeRecord),
  next_cursor: z.string().nullable(),
});

const force = z.boolean().describe('Also remove worktrees with work that is not on the remote; that work is lost.');

/** Query of DELETE /worktrees/:id. */
export const RemoveQuery = z.strictObject({
  force: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Also remove it when it has work that is not on the remote; that work is lost.'),
});

/** Body of POST /worktrees/cleanup, and what `cleanup_worktrees` takes. */
export const CleanupBody = z.strictObject({
  worktree_ids: z.array(WorktreeId).min(1).max(1_000).optional().describe('Worktrees with these ids.'),
  paths: z.array(z.string().min(1).max(4_096)).min(1).max(1_000).optional().describe('Worktrees at these paths.'),
  max_age_hours: z.number().min(0).optional().describe('Worktrees that are at least this old.'),
  force: force.default(false),
});
export type CleanupBody = z.infer<typeof CleanupBody>;

/** What became of one worktree in a clean-up. */
export const CleanupResult = z.object({
  id: z.string().nullable().describe('Null where none of your worktrees has the path.'),
  path: z.string().nullable(),
  removed: z.boolean(),
  error: z.string().nullable().describe('Why it was kept.'),
  code: z.string().nullable(),
  next_step: z.string().nullable(),
});
export type CleanupResult = z.infer<typeof CleanupResult>;

export const CleanupReply = z.object({
  success: z.literal(true),
  removed: z.number().int(),
  kept: z.number().int(),
  worktrees: z.array(CleanupResult),
});

/** What `get_worktree` takes. */
export const WorktreeIdInput = z.strictObject({ id: WorktreeId });
