import { createHash } from 'node:crypto';
import type { WorkflowStartOptions } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { MAX_TASK_BYTES } from '../../contract/http/job-request.ts';
import { SEARCH_ATTRIBUTE_TYPE, SEARCH_ATTRIBUTES } from '../../contract/workflow/search-attributes.ts';
import { DEFAULT_PRIORITY, WORKFLOW_QUEUE } from '../../contract/workflow/names.ts';
import type { JobBrief } from '../../contract/workflow/job-progress.ts';
import type { JobInput, JobSpec } from '../../contract/workflow/job-spec.ts';
import { defined } from '../../contract/shared/defined.ts';
import { ApiError } from '../http/api-error.ts';

/** Characters of a task that lists and the Web UI show. */
const BRIEF_TASK = 1_024;

/** Refuses a task that Temporal could not carry, with 413. */
export function checkTask(task: string): void {
  if (Buffer.byteLength(task) > MAX_TASK_BYTES)
    throw new ApiError('task_too_large', 'task: is longer than 256 KiB', 'task');
}

/** What a job's memo says of its request from the start. */
export function briefOf(spec: JobSpec, owner: string): JobBrief {
  const { task, repo_url = null, profile, profile_reason, priority = DEFAULT_PRIORITY } = spec;
  const { retry, model = null, file_path, plan_id } = spec;
  return {
    task: task.slice(0, BRIEF_TASK),
    task_cut: task.length > BRIEF_TASK,
    repo_url,
    profile,
    ...defined({ profile_reason, retry_of: retry?.of, retry_from: retry?.from }),
    model,
    ...defined({ file_path, plan_id, worktree_id: spec.worktree?.worktree_id }),
    priority,
    owner,
    request_hash: hashOf(spec),
  };
}

function hashOf(spec: JobSpec): string {
  const entries = Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(entries)))
    .digest('hex');
}

/** How long the server waits for a decision of a host that took the task and may be cut off. */
export const DECISION_TIMEOUT = '5s';

/** What holds for every job of this server. */
export interface JobTerms {
  /** Whether the search attributes are registered on the cluster. */
  indexed: boolean;
  seatTimeoutS: number;
  ttlS: number;
}

/** How a job's workflow is started: an id that was used before starts nothing. */
export function startOptions(
  spec: JobSpec,
  brief: JobBrief,
  { indexed, seatTimeoutS, ttlS }: JobTerms,
): Omit<WorkflowStartOptions, 'workflowId'> {
  const input: JobInput = { request: spec, owner: brief.owner, seat_timeout_s: seatTimeoutS, ttl_s: ttlS, indexed };
  return {
    taskQueue: WORKFLOW_QUEUE,
    args: [input],
    memo: { request: brief },
    staticSummary: brief.task.split('\n', 1)[0]?.slice(0, 100) ?? '',
    workflowTaskTimeout: DECISION_TIMEOUT,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    ...(indexed ? { typedSearchAttributes: attributesOf(brief) } : {}),
  };
}

/** A search attribute, by its name in SEARCH_ATTRIBUTES, as a workflow is started with it. */
export const pair = (name: string, value: string): SearchAttributePair => ({
  key: defineSearchAttributeKey(name, SEARCH_ATTRIBUTE_TYPE),
  value,
});

/** Search attributes of a job as it is submitted. */
function attributesOf(brief: JobBrief): SearchAttributePair[] {
  return [
    pair(SEARCH_ATTRIBUTES.status, 'queued'),
    pair(SEARCH_ATTRIBUTES.profile, brief.profile),
    pair(SEARCH_ATTRIBUTES.owner, brief.owner),
    ...(brief.repo_url === null ? [] : [pair(SEARCH_ATTRIBUTES.repo, brief.repo_url)]),
    ...(brief.worktree_id === undefined ? [] : [pair(SEARCH_ATTRIBUTES.worktree, brief.worktree_id)]),
  ];
}
