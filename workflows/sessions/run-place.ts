/** Brings a host to where a run's agent can answer: its folder or checkout, and its profile. */
import { defined } from '../../contract/shared/defined.ts';
import { sessionProfile } from '../../contract/workflow/session-profile.ts';
import type { RunInput } from '../../contract/workflow/run-state.ts';
import type { SeatStep } from '../../contract/workflow/seat.ts';
import type { Mirror } from '../../contract/workflow/steps.ts';
import { hostSteps, type HostSteps } from '../activity-options.ts';
import { refusedProfile } from '../job-steps.ts';
import type { Seat } from '../seat.ts';
import type { RunRecorder } from './run-progress.ts';

/** A run on one host. */
export interface RunOnHost {
  input: RunInput;
  run: RunRecorder;
  seat: Seat;
  at: SeatStep;
}

/**
 * Makes the folder, or the checkout, and the profile of the session where they are not on this disk; a checkout that is
 * there stays as the last run left it.
 */
export async function preparePlace(on: RunOnHost): Promise<void> {
  const { input, run, seat, at } = on;
  const { place } = run;
  if (place.prepared && place.disk === seat.disk && seat.attempt === 1) return;
  const steps = hostSteps(seat, input.seat_timeout_s);
  const mirror = await updateMirror(on, steps);
  const { repo_url } = input.spec;
  const known = defined({ repo_url, base: mirror?.base, branch: mirror?.branch });
  const { request, ...asked } = sessionProfile(input.spec);
  const wanted = { ...asked, request: { ...request, ...defined({ repo_url }) } };
  // What a run has done in it is work, whether or not the agent's session is found.
  const prepared = await steps.prepareWork({ ...at, attempt: seat.attempt, set_up: true, ...known, ...wanted });
  if ('refused' in prepared) throw refusedProfile(prepared.refused);
  const { worktree, profile } = prepared;
  if (worktree.incomplete && mirror !== undefined && repo_url !== undefined)
    await steps.completeCheckout({ ...at, repo_url, base: mirror.base });
  const { base = null, branch = null } = mirror ?? {};
  run.settle({ disk: seat.disk, prepared: true, profile, base, branch }, worktree.path);
}

async function updateMirror({ input, run, at }: RunOnHost, steps: HostSteps): Promise<Mirror | undefined> {
  const { repo_url, base_ref, profile } = input.spec;
  if (repo_url === undefined) return undefined;
  const { branch } = run.place;
  // What was said in the conversation that a fork begins with was said of that commit.
  const base = run.place.base ?? input.spec.fork?.base ?? null;
  const known = defined({ base_ref, base: base ?? undefined, branch: branch ?? undefined });
  const mirror = await steps.updateMirror({ ...at, repo_url, profile, recorded: [], ...known });
  return { ...mirror, base: base ?? mirror.base };
}
