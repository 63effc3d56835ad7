import type { Setup } from '../contract/workflow/checks.ts';
import type { ProfileFacts, Worktree } from '../contract/workflow/steps.ts';
import { commandFailure, runCommands } from './commands.ts';
import type { JobOnHost, SetupState } from './job-context.ts';

const NOTHING_DONE: SetupState = { checks: [], done: false };

/**
 * Runs the setup of the profile in the worktree, unless it was done there. Fails `setup_failed` by the first command
 * that does not pass, before the agent has cost anything.
 */
export async function setUp(on: JobOnHost, worktree: Worktree, { setup }: ProfileFacts): Promise<void> {
  if (setup === undefined) return;
  const { job, seat } = on;
  const before = worktree.reused ? (job.done.setups[seat.disk] ?? NOTHING_DONE) : NOTHING_DONE;
  const now = achieve(on, before);
  if (now.done) return;
  job.progress.enter('setting_up');
  const { key } = await restoreCache(on, setup, now);
  const failed = await runCommands(on, {
    ...{ phase: 'setup', round: 1, commands: setup, known: now.checks },
    record: (checks) => achieve(on, { checks }),
  });
  if (failed !== undefined) throw commandFailure('setup_failed', failed);
  await finish(on, setup, key);
  achieve(on, { done: true });
}

/** Brings the cache, and answers under which key it is to be kept; without one where it is there. */
async function restoreCache(
  on: JobOnHost,
  setup: Setup,
  { key, checks }: SetupState,
): Promise<Pick<SetupState, 'key'>> {
  const cache = cacheOf(on, setup);
  if (cache === undefined) return {};
  // What has run since may have changed the files by which it is found.
  if (checks.length > 0) return key === undefined ? {} : { key };
  const found = await on.steps.restoreCache({ ...on.at, ...cache });
  on.job.progress.warn(found.warnings);
  if (found.restored) return {};
  achieve(on, { key: found.key });
  return { key: found.key };
}

async function finish(on: JobOnHost, setup: Setup, key: string | undefined): Promise<void> {
  const cache = cacheOf(on, setup);
  const save = cache === undefined || key === undefined ? {} : { save: { ...cache, key } };
  const { repo_url } = on.job.spec;
  const { warnings } = await on.steps.finishSetup({ ...on.at, ...(repo_url !== undefined && { repo_url }), ...save });
  on.job.progress.warn(warnings);
}

/** Undefined where there is none, and without a repository: a cache belongs to one. */
function cacheOf({ job }: JobOnHost, { run, cache }: Setup) {
  const { repo_url } = job.spec;
  if (cache === undefined || repo_url === undefined) return undefined;
  return { owner: job.input.owner, repo_url, run, cache };
}

/** Records what was done in the worktree of this host. */
function achieve({ job, seat }: JobOnHost, more: Partial<SetupState>): SetupState {
  const { setups } = job.done;
  const state = { ...NOTHING_DONE, ...setups[seat.disk], ...more };
  job.achieve({ setups: { ...setups, [seat.disk]: state } });
  job.showChecks(seat.disk);
  return state;
}
