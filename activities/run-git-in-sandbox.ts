import { confinedBy } from '../git/confined.ts';
import type { RunConfined } from '../git/confined.ts';
import type { WorkPlace } from '../contract/workflow/seat.ts';
import { jobEnvironment } from '../runners/environment.ts';
import { confinementOf } from './sandbox-rules.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';

/**
 * Runs git in the checkout of a job as its agent could: what it triggers there can do no more than the agent could, and
 * write to the folders `more`.
 */
export function confinedTo(
  settings: HostSettings,
  place: WorkPlace,
  repoUrl: string,
  more: readonly string[] = [],
): RunConfined {
  const { home, tmp, marker, worktree } = jobPaths(settings, place);
  const { author, toolchains } = settings;
  const env = jobEnvironment(settings.env, { home, tmp, worktree, author, toolchains });
  const rules = confinementOf(settings, place, repoUrl);
  return confinedBy(
    { ...rules, writable: [...rules.writable, ...more], network: false, sandbox: 'auto', missing: 'internal' },
    env,
    marker,
  );
}
