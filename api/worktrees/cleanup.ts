import type { CleanupBody, CleanupResult, WorktreeRecord } from '../../contract/http/worktree.ts';
import { describeError } from '../http/error-reply.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { inTurns } from '../in-turns.ts';
import type { Worktrees } from './service.ts';

/** Removals under way at once. */
const AT_ONCE = 8;

const PAGE = 1_000;

/** What `cleanUp` did, and how much of it. */
export async function cleanupReply(
  worktrees: Worktrees,
  request: CleanupBody,
  owner: string,
): Promise<{ removed: number; kept: number; worktrees: CleanupResult[] }> {
  const results = await cleanUp(worktrees, request, owner);
  const removed = results.filter((each) => each.removed).length;
  return { removed, kept: results.length - removed, worktrees: results };
}

/** One that was asked for; only `id` or only `path` where none of the owner's is meant. */
interface Target {
  id: string | null;
  path: string | null;
}

/**
 * Removes those of the owner's worktrees that any selector names, and answers for each what became of it. Paths are
 * only compared with those in the records. Throws 400 where there is no selector.
 */
async function cleanUp(worktrees: Worktrees, request: CleanupBody, owner: string): Promise<CleanupResult[]> {
  const { worktree_ids = [], paths = [], max_age_hours, force } = request;
  if (worktree_ids.length + paths.length === 0 && max_age_hours === undefined)
    throw new Failure('invalid_request', 'one of worktree_ids, paths and max_age_hours must be present');
  const all = await listAll(worktrees, owner);
  const targets = [
    ...worktree_ids.map((id) => all.find((each) => each.id === id) ?? { id, path: null }),
    ...paths.map((path) => all.find((each) => each.path === path) ?? { id: null, path }),
    ...all.filter(({ age_hours }) => max_age_hours !== undefined && age_hours >= max_age_hours),
  ];
  const once = [...new Map(targets.map((each) => [each.id ?? each.path, each])).values()];
  return inTurns(AT_ONCE, once, (target) => removeOne(worktrees, target, owner, force));
}

async function listAll(worktrees: Worktrees, owner: string): Promise<WorktreeRecord[]> {
  const all: WorktreeRecord[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await worktrees.list(owner, { limit: PAGE, cursor });
    all.push(...page.worktrees);
    if (page.next_cursor === null) return all;
    cursor = page.next_cursor;
  }
}

async function removeOne(
  worktrees: Worktrees,
  { id, path }: Target,
  owner: string,
  force: boolean,
): Promise<CleanupResult> {
  const kept = (code: string, error: string, next_step: string | undefined): CleanupResult => ({
    id,
    path,
    removed: false,
    code,
    error,
    next_step: next_step ?? null,
  });
  if (id === null)
    return kept(
      'worktree_not_found',
      'none of your worktrees has this path',
      'Find the worktree with `GET /worktrees`.',
    );
  try {
    const { status } = await worktrees.remove(id, owner, force);
    if (status === 'removed' || status === 'failed')
      return { id, path, removed: true, code: null, error: null, next_step: null };
    return kept('worktree_not_ready', `the worktree is ${status}`, 'Check it again with `GET /worktrees/{id}`.');
  } catch (error) {
    const described = describeError(error as Error & { code: string });
    return kept(described.code, described.error, described.next_step);
  }
}
