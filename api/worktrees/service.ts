import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import type { Config } from '../../config/index.ts';
import type { JobRequest } from '../../contract/http/job-request.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { WORKFLOW_QUEUE, WORKTREE_WORKFLOW } from '../../contract/workflow/names.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/workflow/search-attributes.ts';
import type { WorktreeQuery, WorktreeRecord } from '../../contract/http/worktree.ts';
import type { WorktreeBrief, WorktreeInput } from '../../contract/workflow/worktree-state.ts';
import { endIfUnheard } from '../temporal/cancel.ts';
import { queueFull, QueueRoom } from '../jobs/queue-quota.ts';
import { DECISION_TIMEOUT, pair, type JobTerms } from '../jobs/start-options.ts';
import { selectAll, selectJobs, selectWorktrees } from '../temporal/visibility-query.ts';
import { canonicalRepo, type LocatedRequest } from '../jobs/resolve-request.ts';
import { countExecutions, listExecutions } from '../temporal/visibility.ts';
import { locateWorktree, userOf } from './jobs.ts';
import { toWorktreeRecord, type WorktreeExecution } from './record.ts';
import { describeWorktree } from './reader.ts';
import { askRemoval } from './removal.ts';

/** How often a preparation that is waited for is looked at (milliseconds). */
const LOOK_EVERY_MS = 100;

interface WorktreesOptions extends JobTerms {
  client: Client;
  config: Config;
  /** Address of a workflow in the Temporal Web UI; null where none is known. */
  uiOf: (id: string) => string | null;
  log: { warn(fields: object, message: string): void };
}

/** All that the API does with prepared worktrees. */
export class Worktrees {
  readonly #options: WorktreesOptions;
  readonly #room: QueueRoom;

  constructor(options: WorktreesOptions) {
    this.#options = options;
    const { client, indexed, config } = options;
    const waiting = (owner: string): string => selectJobs(owner, { status: 'queued' }, WORKTREE_WORKFLOW);
    this.#room = new QueueRoom(config.maxQueuedJobs, (owner) =>
      indexed ? countExecutions(client, waiting(owner)) : Promise.resolve(0),
    );
  }

  /**
   * Has a worktree prepared (durably: when this resolves, it will be). Who has too many that wait gets 429
   * `queue_full`.
   */
  async prepare(request: { repo_url: string; base_ref?: string | undefined }, owner: string): Promise<WorktreeRecord> {
    const { client, config, indexed, seatTimeoutS: seat_timeout_s, ttlS: ttl_s } = this.#options;
    const { base_ref } = request;
    const repo_url = canonicalRepo(config, request.repo_url);
    if (!(await this.#room.take(owner))) throw queueFull(config.maxQueuedJobs, 'worktrees');
    const brief: WorktreeBrief = { repo_url, base_ref: base_ref ?? null, owner };
    const input: WorktreeInput = { repo_url, owner, seat_timeout_s, ttl_s, indexed, ...(base_ref && { base_ref }) };
    const id = randomUUID();
    await client.workflow.start(WORKTREE_WORKFLOW, {
      workflowId: id,
      taskQueue: WORKFLOW_QUEUE,
      args: [input],
      memo: { request: brief },
      staticSummary: repo_url.slice(-100),
      workflowTaskTimeout: DECISION_TIMEOUT,
      ...(indexed ? { typedSearchAttributes: attributesOf(brief) } : {}),
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
    const { client, uiOf } = this.#options;
    return (await describeWorktree(client, id, owner, undefined, uiOf(id))).record;
  }

  /** A page of the owner's worktrees that are there or are being made, the newest first. Looks at no disk. */
  async list(
    owner: string,
    { limit, cursor }: WorktreeQuery,
  ): Promise<{ worktrees: WorktreeRecord[]; nextCursor: string | null }> {
    const { client, indexed, uiOf } = this.#options;
    const open = `${selectAll(WORKTREE_WORKFLOW)} AND ExecutionStatus = 'Running'`;
    const page = await listExecutions<WorktreeExecution['memo']>(
      client,
      indexed ? selectWorktrees(owner) : open,
      limit,
      cursor,
    );
    const records = page.executions.map((each) => toWorktreeRecord(each, uiOf(each.id)));
    return { worktrees: records.filter((record) => record.owner === owner), nextCursor: page.nextCursor };
  }

  /**
   * Removes a worktree: the record shows `removed`, or `removing` where that takes longer. One that is being prepared
   * is not prepared to the end; one that is gone stays as it is. Throws 409 where it is kept: `worktree_busy`,
   * `undelivered_work`, `remote_unavailable` and the like, `worktree_unavailable` where no worker took it in time.
   */
  async remove(id: string, owner: string, force: boolean): Promise<WorktreeRecord> {
    const { client, log } = this.#options;
    const { status } = await this.get(id, owner);
    if (status === 'removed' || status === 'failed') return this.get(id, owner);
    const handle = client.workflow.getHandle(id);
    if (status === 'preparing') {
      await handle.cancel();
      void endIfUnheard(handle).catch((error: unknown) =>
        log.warn({ worktree: id, error }, 'could not check that a cancellation took effect'),
      );
      return this.get(id, owner);
    }
    const user = await userOf(this.#options, { worktree_id: id });
    if (user !== undefined) throw new Failure('worktree_busy', `job ${user} uses worktree ${id}`);
    await askRemoval(client, id, force);
    return this.get(id, owner);
  }

  /** The request with the worktree that it names: see `locateWorktree`. */
  async locate(request: JobRequest, owner: string): Promise<LocatedRequest> {
    return locateWorktree(this.#options.client, this.#options.config, request, owner);
  }
}

function attributesOf({ repo_url, owner }: WorktreeBrief): SearchAttributePair[] {
  return [
    pair(SEARCH_ATTRIBUTES.status, 'queued'),
    pair(SEARCH_ATTRIBUTES.owner, owner),
    pair(SEARCH_ATTRIBUTES.repo, repo_url),
  ];
}
