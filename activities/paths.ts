import { join } from 'node:path';
import { transcriptsDir } from '../contract/shared/artifacts.ts';
import type { WorkPlace } from '../contract/workflow/seat.ts';

/**
 * Where a job keeps its files on its host, and the marker of its processes. Everything but `worktree` and `transcripts`
 * is gone when the job has ended.
 */
export interface JobPaths {
  /** The agent's checkout. */
  worktree: string;
  /** Private to the job: all below. */
  dir: string;
  /** The agent's configuration directory: profile and sessions. */
  config: string;
  home: string;
  tmp: string;
  /** Where the commit to deliver is made; gone when it is. */
  scratch: string;
  /** Where a model chooses the profile; gone when it has. */
  route: string;
  /** The resolved profile, written for runAgent. */
  profile: string;
  /** What a session's agent was asked last; see sessions/turn-record.ts. */
  turn: string;
  /** Where the transcript is kept. */
  transcripts: string;
  /** Held by who works in a prepared worktree. */
  lock: string;
  /** By which its processes are known: it stands in their environment. */
  marker: string;
}

/** The paths of a job; a second process on the same disk finds an earlier attempt's by the same names. */
export function jobPaths(
  settings: { dataDir: string; worktreeRoot: string },
  { job_id: jobId, worktree_id: worktreeId = jobId }: WorkPlace,
): JobPaths {
  const dir = join(settings.dataDir, 'jobs', jobId);
  return {
    worktree: join(settings.worktreeRoot, worktreeId),
    dir,
    config: join(dir, 'agent'),
    home: join(dir, 'home'),
    tmp: join(dir, 'tmp'),
    scratch: join(dir, 'commit'),
    route: join(dir, 'route'),
    profile: join(dir, 'profile.json'),
    turn: join(dir, 'turn.json'),
    transcripts: transcriptsDir(settings.dataDir, jobId),
    lock: join(settings.worktreeRoot, `${worktreeId}.lock`),
    marker: `job:${jobId}`,
  };
}
