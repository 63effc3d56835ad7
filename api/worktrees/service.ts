import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PrepareBody, WorktreeListReply, WorktreeQuery, WorktreeRecord } from '../../contract/http/worktree.ts';
import { defined } from '../../contract/shared/defined.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { AUTO_PROFILE, WORKTREE_WORKFLOW } from '../../contract/workflow/names.ts';
import type { WorktreeBrief, WorktreeInput } from '../../contract/workflow/worktree-state.ts';
import { chooseProfile } from '../../profiles/profile-rules.ts';
import { introduceWorktree } from '../../contract/workflow/static-details.ts';
import type { ServiceContext } from '../context.ts';
import type { PageOf } from '../http/typed-app.ts';
import { QueueQuota } from '../jobs/queue-quota.ts';
import { repositoryAt } from '../repositories.ts';
import { endIfUnheard } from '../temporal/cancel.ts';
import { startOptions } from '../temporal/start-options.ts';
import { listExecutions } from '../temporal/visibility.ts';
import { selectAll, selectJobs, selectWorktrees } from '../temporal/visibility-query.ts';
import { describeWorktree } from './reader.ts';
import { toWorktreeRecord, type WorktreeMemo } from './record.ts';
import { askRemoval } from './removal.ts';
import { userOf } from './use.ts';

/** How often a preparation that is waited for is looked at (milliseconds). */
const LOOK_EVERY_MS = 100;

/** All that the API does with prepared worktrees. */
export class Worktrees {
  readonly #context: ServiceContext;
  readonly #quota: QueueQuota;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#quota = new QueueQuota(context, 'worktrees', (owner) =>
      selectJobs(owner, { status: 'queued' }, WORKTREE_WORKFLOW),
    );
  }

  /**
   * Has a worktree prepared (durably: when this resolves, it will be). An owner whose queue is full gets 429
   * `queue_full`.
   */
  async prepare(asked: Pick<PrepareBody, 'repo_url' | 'base_ref'>, owner: string): Promise<WorktreeRecord> {
    const { client, config, index } = this.#context;
    const { url: repo_url, ref } = repositoryAt(config, asked.repo_url);
    const base_ref = asked.base_ref ?? ref;
    await this.#quota.take(owner);
    const request: WorktreeBrief = { repo_url, base_ref: base_ref ?? null, owner };
    const times = { seat_timeout_s: config.seatTimeoutS, ttl_s: config.jobTtl };
    const { profile } = chooseProfile({ repo_url, task: '' }, config.routes, config.defaultProfile);
    const usual = profile === AUTO_PROFILE ? config.defaultProfile : profile;
    const input: WorktreeInput = {
      repo_url,
      owner,
      profile: usual,
      ...times,
      indexed: index.indexed,
      ...defined({ base_ref }),
    };
    const id = randomUUID();
    await client.workflow.start(WORKTREE_WORKFLOW, {
      workflowId: id,
      ...startOptions({
        input,
        request,
        introduction: introduceWorktree(repo_url, { id, owner }),
        attributes: { owner, repo: repo_url },
      }),
    });
    return this.get(id, owner);
  }

  /** Resolves with the record when the preparation has come to its end, or as it is when `signal` aborts. */
  async prepared(id: string, owner: string, signal: AbortSignal): Promise<WorktreeRecord> {
    for (;;) {
      const record = await this.get(id, owner);
      if (record.status !== 'preparing' || signal.aborted) return record;
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The record; 404 `worktree_not_found` also where it belongs to another owner. */
  async get(id: string, owner: string): Promise<WorktreeRecord> {
    return (await describeWorktree(this.#context, id, owner)).record;
  }

  /** A page of the owner's worktrees that exist or are being made, the newest first. Looks at no disk. */
  async list(owner: string, { limit, cursor }: WorktreeQuery): Promise<PageOf<typeof WorktreeListReply>> {
    const { client, index, uiOf } = this.#context;
    const select = index.searchable
      ? selectWorktrees(owner)
      : `${selectAll(WORKTREE_WORKFLOW)} AND ExecutionStatus = 'Running'`;
    const page = await listExecutions<WorktreeMemo>(client, select, limit, cursor);
    const records = page.executions.map((each) => toWorktreeRecord(each, uiOf(each.id)));
    const worktrees = records.filter((record) => record.owner === owner);
    return { count: worktrees.length, worktrees, next_cursor: page.nextCursor };
  }

  /**
   * Removes a worktree: the record shows `removed`, or `removing` where that takes longer. One that is being prepared
   * is not prepared to the end; one that is gone stays as it is. Throws 409 where it is kept: `worktree_busy`,
   * `undelivered_work`, `remote_unavailable` and the like, `worktree_unavailable` where no worker took it in time.
   */
  async remove(id: string, owner: string, force: boolean): Promise<WorktreeRecord> {
    const { client } = this.#context;
    const found = await this.get(id, owner);
    if (found.status === 'removed' || found.status === 'failed') return found;
    if (found.status === 'preparing') return this.#cancelPreparation(id, owner);
    const user = await userOf(this.#context, id);
    if (user !== undefined) throw new Failure('worktree_busy', `job ${user} uses worktree ${id}`);
    await askRemoval(client, id, force);
    return this.get(id, owner);
  }

  async #cancelPreparation(id: string, owner: string): Promise<WorktreeRecord> {
    const handle = this.#context.client.workflow.getHandle(id);
    await handle.cancel();
    void endIfUnheard(handle).catch((error: unknown) =>
      this.#context.log.warn({ worktree: id, error }, 'could not check that a cancellation took effect'),
    );
    return this.get(id, owner);
  }
}
