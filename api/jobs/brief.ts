import { createHash } from 'node:crypto';
import { askedOf, type JobBrief } from '../../contract/http/job-record.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { JobSpec } from '../../contract/workflow/job-spec.ts';
import { DEFAULT_PRIORITY } from '../../contract/workflow/names.ts';

/** Characters of a task that lists and the Web UI show. */
const MAX_TASK = 1_024;

/** What a job's memo says of its request from the start. */
export function briefOf(spec: JobSpec, known: Pick<JobBrief, 'owner' | 'request_hash' | 'ttl_seconds'>): JobBrief {
  const { task, profile, profile_reason, priority = DEFAULT_PRIORITY, retry, plan_id } = spec;
  return {
    ...askedOf(spec),
    task: task.slice(0, MAX_TASK),
    task_cut: task.length > MAX_TASK,
    profile,
    profile_reason,
    priority,
    mode: spec.session === undefined ? 'fire_and_forget' : 'stateful',
    created_at: new Date().toISOString(),
    ...known,
    ...defined({ retry_of: retry?.of, retry_from: retry?.from, plan_id }),
  };
}

/** SHA-256 of a request. The order of its fields does not matter, and an undefined field counts as absent. */
export const hashOf = (said: object): string => createHash('sha256').update(canonicalJson(said)).digest('hex');

const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
