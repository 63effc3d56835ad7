import { timeLimit } from '../../../contract/shared/timeout-signal.ts';
import {
  CleanupBody,
  WorktreeQuery,
  PrepareBody,
  WorktreeIdInput,
  WorktreeReply,
} from '../../../contract/http/worktree.ts';
import { CleanupPage, WorktreeListPage } from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { cleanupReply } from '../../worktrees/cleanup.ts';
import { inList } from '../paging/record.ts';
import { fittingPage, thatFit } from '../paging/size.ts';
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
    description:
      'Lists the prepared worktrees, as many as fit into one answer. Pass next_cursor as cursor for the next page.',
    input: WorktreeQuery,
    output: WorktreeListPage,
    annotations: READ_ONLY,
    call: (query, { owner }) =>
      fittingPage(query.limit, async (limit) => {
        const page = await worktrees.list(owner, { ...query, limit });
        return { ...page, worktrees: page.worktrees.map(inList) };
      }),
  });

/** `cleanup_worktrees`: removes worktrees. */
export const cleanupWorktreesTool = ({ worktrees }: ApiDeps): McpTool =>
  defineTool({
    name: 'cleanup_worktrees',
    title: 'Remove worktrees',
    description:
      'Remove prepared worktrees by worktree_ids, paths or max_age_hours. A worktree that a job uses is kept, and one with work that is not on the remote too, unless force is true. Replies with the result for each, those that are kept first, as many as fit into one answer.',
    input: CleanupBody,
    output: CleanupPage,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    call: async (request, { owner }) => {
      const reply = await cleanupReply(worktrees, request, owner);
      const results = thatFit(reply.worktrees.map(inList).sort((a, b) => Number(a.removed) - Number(b.removed)));
      return { ...reply, worktrees: results, not_listed: reply.worktrees.length - results.length };
    },
  });
