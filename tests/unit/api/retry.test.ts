import { describe, expect, test } from '@jest/globals';
import { retrySpec, type Ended } from '../../../api/jobs/retry.ts';
import type { JobRecord } from '../../../contract/http/job-record.ts';
import { failed, newJob } from '../../support/records.ts';

/** A job whose push was refused, with its commit in its worktree on a host that runs unless it is said not to. */
const refused = (fields: Partial<JobRecord> = {}, served = true): Ended => {
  const work = { sha: '0123456789abcdef0123456789abcdef01234567', worktree_path: '/w/1', disk: 'd', base_ref: 'main' };
  const job = newJob({ ...failed(), ...work, session_id: 'b8a0c0a2-5a9c-4c53-8b1c-0d6f3f5b9a11', ...fields });
  const spec = {
    task: job.task,
    profile: job.profile,
    profile_reason: 'default',
    ...(job.repo_url && { repo_url: job.repo_url }),
  };
  const input = { spec, owner: 'local', seat_timeout_s: 30, ttl_s: 60, indexed: true };
  return { job, progress: undefined, input, served };
};

describe('a retry', () => {
  test('begins with the delivery where the commit is within reach, or is pushed already', () => {
    expect(retrySpec(refused(), undefined).retry).toMatchObject({ from: 'delivery', disk: 'd' });
    expect(retrySpec(refused({ branch: 'agenticore-1' }, false), undefined).retry).toMatchObject({ from: 'delivery' });
  });

  test('begins with the session where the agent had not come to its end', () => {
    expect(retrySpec(refused({ stage: 'running_agent' }), undefined).retry).toMatchObject({ from: 'session' });
  });

  test('goes on with the session of a job that waited too long for the model or, after that, for a seat', () => {
    const waiting = { stage: 'waiting_for_model', sha: null } as const;
    expect(retrySpec(refused(waiting), undefined).retry).toMatchObject({ from: 'session' });
    expect(retrySpec(refused({ ...waiting, status: 'expired' }), undefined).retry).toMatchObject({ from: 'session' });
    expect(retrySpec(refused({ ...waiting, status: 'cancelled' }), undefined).retry).toMatchObject({ from: 'start' });
  });

  test('leaves no work behind on a host that does not run, unless it is told to', () => {
    const gone = refused({}, false);
    expect(() => retrySpec(gone, undefined)).toThrow(expect.objectContaining({ code: 'retry_impossible' }));
    expect(() => retrySpec(gone, 'delivery')).toThrow(expect.objectContaining({ code: 'retry_impossible' }));
    expect(retrySpec(gone, 'start').retry).toMatchObject({ from: 'start' });
  });

  test('begins with what an earlier host left where the last one did not come to do anything', () => {
    const lost = { stage: 'updating_mirror', attempt: 2 } as const;
    expect(retrySpec(refused(lost), undefined).retry).toMatchObject({ from: 'delivery', disk: 'd' });
    expect(retrySpec(refused({ ...lost, sha: null }), undefined).retry).toMatchObject({ from: 'session', disk: 'd' });
  });

  test('of a retry that came to nothing begins where that was to begin, also where it is asked to', () => {
    const ended = refused({ stage: 'updating_mirror', worktree_path: null });
    const retry = { of: 'a', job_id: 'a', first_job_id: 'a', from: 'delivery', worktree: true, recorded: [] } as const;
    Object.assign(ended.input.spec, { retry });
    expect(retrySpec(ended, undefined).retry).toMatchObject({ from: 'delivery', job_id: 'a' });
    expect(retrySpec(ended, 'delivery').retry).toMatchObject({ from: 'delivery', job_id: 'a' });
    expect(retrySpec(ended, 'start').retry).toMatchObject({ from: 'start', job_id: ended.job.id });
  });

  test('of a retry whose agent has worked goes on with that, where its host was lost', () => {
    const ended = refused({ stage: 'updating_mirror', attempt: 2 });
    const retry = { of: 'a', job_id: 'a', first_job_id: 'a', from: 'session', worktree: true, recorded: [] } as const;
    Object.assign(ended.input.spec, { retry });
    expect(retrySpec(ended, undefined).retry).toMatchObject({ from: 'delivery', job_id: ended.job.id });
  });

  test('begins anew where there is no work', () => {
    const nothing = refused({ stage: 'updating_mirror', sha: null, worktree_path: null }, false);
    expect(retrySpec(nothing, undefined).retry).toMatchObject({ from: 'start' });
  });
});
