import { createHash } from 'node:crypto';
import type { WorkflowStartOptions } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { MAX_TASK_BYTES } from '../contract/job.ts';
import { SEARCH_ATTRIBUTE_TYPE, SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';
import { DEFAULT_PRIORITY, WORKFLOW_QUEUE } from '../contract/names.ts';
import type { JobBrief, JobInput, JobSpec } from '../contract/steps.ts';
import { ApiError } from './errors.ts';

/** Characters of a task that lists and the Web UI show. */
const BRIEF_TASK = 1_024;

/** Refuses a task that Temporal could not carry, with 413. */
export function checkTask(task: string): void {
  if (Buffer.byteLength(task) > MAX_TASK_BYTES)
    throw new ApiError(
      413,
      'task_too_large',
      'task: is longer than 256 KiB',
      'Put the material into the repository and name it in the task.',
      'task',
    );
}

/** What a job's memo says of its request from the start. */
export function briefOf(spec: JobSpec, owner: string): JobBrief {
  const { task, repo_url = null, profile, profile_reason, priority = DEFAULT_PRIORITY, options } = spec;
  return {
    task: task.slice(0, BRIEF_TASK),
    task_cut: task.length > BRIEF_TASK,
    repo_url,
    profile,
    ...(profile_reason === undefined ? {} : { profile_reason }),
    model: options?.model ?? null,
    priority,
    owner,
    request_hash: hashOf(spec),
  };
}

/** A job without options has the hash it had before there were any. */
function hashOf({ task, repo_url, profile, base_ref, priority, session, options = {} }: JobSpec): string {
  const { model, timeout, max_budget_usd, file_path } = options;
  const more = [priority, session?.session_id, model, timeout, max_budget_usd, file_path];
  const said = more.some((value) => value !== undefined) ? more.map((value) => value ?? null) : [];
  return createHash('sha256')
    .update(JSON.stringify([task, repo_url ?? null, profile, base_ref ?? null, ...said]))
    .digest('hex');
}

/** How long the server waits for a decision of a host that took the task and may be cut off. */
const DECISION_TIMEOUT = '5s';

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

/** Search attributes of a job as it is submitted. */
function attributesOf(brief: JobBrief): SearchAttributePair[] {
  const pair = (name: string, value: string): SearchAttributePair => ({
    key: defineSearchAttributeKey(name, SEARCH_ATTRIBUTE_TYPE),
    value,
  });
  return [
    pair(SEARCH_ATTRIBUTES.status, 'queued'),
    pair(SEARCH_ATTRIBUTES.profile, brief.profile),
    pair(SEARCH_ATTRIBUTES.owner, brief.owner),
    ...(brief.repo_url === null ? [] : [pair(SEARCH_ATTRIBUTES.repo, brief.repo_url)]),
  ];
}
