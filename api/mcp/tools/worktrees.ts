import { timeLimit } from '../../../contract/shared/timeout-signal.ts';
import {
  CleanupBody,
  CleanupReply,
  WorktreeQuery,
  PrepareBody,
  WorktreeIdInput,
  WorktreeListReply,
  WorktreeReply,
} from '../../../contract/http/worktree.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { cleanupReply } from '../../worktrees/cleanup.ts';
import { defineTool, READ_ONLY, type McpTool } from '../tool.ts';

/** `prepare_worktree`: makes a checkout before its first job. */
export const prepareWorktreeTool = ({ worktrees }: ApiDeps): McpTool =>
  defineTool({
    name: 'prepare_worktree',
    title: 'Prepare a worktree',
    description:
      'Creates a checkout of a repository on a branch of its own, which stays until it is cleaned up. Jobs with its id as worktree_id work in it one after the other and push to its branch. Replies when it is ready.',
    input: PrepareBody,
    output: WorktreeReply,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    call: async ({ wait, wait_timeout_s, ...request }, { owner, signal }) => {
      const begun = await worktrees.prepare(request, owner);
      if (!wait) return { worktree: begun };
      const until = AbortSignal.any([signal, timeLimit(wait_timeout_s * 1_000)]);
      return { worktree: await worktrees.prepared(begun.id, owner, until) };
    },
  });

/** `get_worktree`: the record of a worktree. */
export const getWorktreeTool = ({ worktrees }: ApiDeps): McpTool =>
  defineTool({
    name: 'get_worktree',
    title: 'Read a worktree',
    description: 'The state of a prepared worktree: status, path, branch, host and error.',
    input: WorktreeIdInput,
    output: WorktreeReply,
    annotations: READ_ONLY,
    call: async ({ id }, { owner }) => ({ worktree: await worktrees.get(id, owner) }),
  });

/** `list_worktrees`: a page of worktrees. */
export const listWorktreesTool = ({ worktrees }: ApiDeps): McpTool =>
  defineTool({
    name: 'list_worktrees',
    title: 'List worktrees',
    description: 'Lists the prepared worktrees. Pass next_cursor as cursor for the next page.',
    input: WorktreeQuery,
    output: WorktreeListReply,
    annotations: READ_ONLY,
    call: (query, { owner }) => worktrees.list(owner, query),
  });

/** `cleanup_worktrees`: removes worktrees. */
export const cleanupWorktreesTool = ({ worktrees }: ApiDeps): McpTool =>
  defineTool({
    name: 'cleanup_worktrees',
    title: 'Remove worktrees',
    description:
      'Remove prepared worktrees by worktree_ids, paths or max_age_hours. A worktree that a job uses is kept, and one with work that is not on the remote too, unless force is true. Replies with the result for each.',
    input: CleanupBody,
    output: CleanupReply,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    call: (request, { owner }) => cleanupReply(worktrees, request, owner),
  });
