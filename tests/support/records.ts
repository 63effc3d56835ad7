import { randomUUID } from 'node:crypto';
import type { JobRecord } from '../../contract/http/job-record.ts';

/** A queued job with these fields. */
export const newJob = (fields: Partial<JobRecord> = {}): JobRecord => ({
  id: randomUUID(),
  status: 'queued',
  stage: 'queued',
  queue_position: null,
  task: 'fix the failing test',
  repo_url: null,
  base_ref: null,
  profile: 'code',
  agent: null,
  model: null,
  priority: 3,
  file_path: null,
  profile_reason: 'default',
  owner: 'local',
  waiting_until: null,
  branch: null,
  sha: null,
  diff: null,
  pr_url: null,
  session_id: null,
  attempt: 1,
  hosts: [],
  disk: null,
  resumed: false,
  worktree_path: null,
  worktree_id: null,
  output: null,
  error: null,
  error_code: null,
  error_stage: null,
  next_step: null,
  warnings: [],
  checks: [],
  usage: null,
  cost_usd: null,
  num_turns: null,
  retry_of: null,
  retry_from: null,
  retried_by: null,
  created_at: new Date().toISOString(),
  started_at: null,
  ended_at: null,
  plan_id: null,
  ui_url: 'http://127.0.0.1:8233/namespaces/default/workflows/x',
  ...fields,
});

/** The fields of a job that has delivered a branch. */
export const delivered = (): Partial<JobRecord> => ({
  status: 'succeeded',
  stage: 'shipping_transcript',
  branch: 'agenticore-1a2b3c4d',
  sha: '0123456789abcdef0123456789abcdef01234567',
  cost_usd: 0.42,
  num_turns: 7,
  usage: { input_tokens: 1_000, output_tokens: 200, cache_read_tokens: 30, cache_creation_tokens: 4 },
  ended_at: new Date().toISOString(),
});

/** The fields of a job whose branch could not be pushed. */
export const failed = (): Partial<JobRecord> => ({
  status: 'failed',
  stage: 'delivering',
  error: 'the remote refused the branch',
  error_code: 'push_rejected',
  error_stage: 'delivering',
  next_step: 'Allow the branch on the remote, or give a token that may push.',
  ended_at: new Date().toISOString(),
});
