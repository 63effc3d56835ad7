import { join } from 'node:path';
import { transcriptsDir } from '../contract/kept-files.ts';

/** Where a job keeps what on its host. Everything but `worktree` and `transcripts` is gone when the job has ended. */
export interface JobPaths {
  /** The agent's checkout. */
  worktree: string;
  /** Private to the job: all below. */
  dir: string;
  /** CLAUDE_CONFIG_DIR of the agent: profile and sessions. */
  config: string;
  home: string;
  tmp: string;
  /** The resolved profile, written by materializeProfile for runAgent. */
  profile: string;
  /** Clean git directory from which the branch is pushed. */
  push: string;
  /** Where the transcript is kept. */
  transcripts: string;
}

/** The paths of job `jobId`; a second process on the same disk finds an earlier attempt's by the same names. */
export function jobPaths(settings: { dataDir: string; worktreeRoot: string }, jobId: string): JobPaths {
  const dir = join(settings.dataDir, 'jobs', jobId);
  return {
    worktree: join(settings.worktreeRoot, jobId),
    dir,
    config: join(dir, 'claude'),
    home: join(dir, 'home'),
    tmp: join(dir, 'tmp'),
    profile: join(dir, 'profile.json'),
    push: join(dir, 'push.git'),
    transcripts: transcriptsDir(settings.dataDir, jobId),
  };
}
