import { createHash } from 'node:crypto';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { MAX_TASK_BYTES } from '../contract/job.ts';
import { SEARCH_ATTRIBUTE_TYPE, SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';
import type { JobBrief, JobSpec } from '../contract/steps.ts';
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
  const { task, repo_url = null, profile } = spec;
  const request_hash = createHash('sha256')
    .update(JSON.stringify([task, repo_url, profile, spec.base_ref ?? null]))
    .digest('hex');
  return {
    task: task.slice(0, BRIEF_TASK),
    task_cut: task.length > BRIEF_TASK,
    repo_url,
    profile,
    owner,
    request_hash,
  };
}

/** Search attributes of a job as it is submitted. */
export function attributesOf(brief: JobBrief): SearchAttributePair[] {
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

/** Visibility filter of an owner's jobs. A terminated job could not write its last status, so its execution's counts. */
export function selectJobs(owner: string, status: string | undefined): string {
  const mine = ` AND ${SEARCH_ATTRIBUTES.owner} = '${owner}'`;
  if (status === undefined) return mine;
  const written = `${SEARCH_ATTRIBUTES.status} = '${status}'`;
  if (status === 'cancelled') return `${mine} AND (${written} OR ExecutionStatus = 'Terminated')`;
  const open = status === 'queued' || status === 'running';
  return `${mine} AND ${written}${open ? ` AND ExecutionStatus = 'Running'` : ''}`;
}
