import { resolveBase } from '../git/base.ts';
import { completeTrees } from '../git/complete-trees.ts';
import { branchTip, bringMirrorUpToDate, isAncestor, type LocalMirror } from '../git/mirror.ts';
import { branchNames } from '../contract/workflow/names.ts';
import type { Mirror, MirrorStep } from '../contract/workflow/steps.ts';
import type { HostSettings } from './deps.ts';
import { loadProfiles } from '../profiles/load.ts';
import type { Step } from './step.ts';
import { remotesOf, repoOf } from './remotes.ts';

/** Brings the cached mirror up to date and says where the job's branch starts, how it is called and where it stands. */
export const updateMirror: Step<MirrorStep, Mirror> = async ({ settings, writers }, step, _seat, signal) =>
  lookAtRemote(settings, step, signal, (detail) => {
    const stage = { type: 'stage', stage: 'updating_mirror', host: settings.host, detail } as const;
    void writers.of(step.job_id).write([stage]);
  });

/** The same for whoever needs it; `tell` hears how far a long fetch is. */
export async function lookAtRemote(
  settings: HostSettings,
  step: MirrorStep,
  signal: AbortSignal,
  tell?: (detail: string) => void,
): Promise<Mirror> {
  const remotes = remotesOf(settings);
  const repo = repoOf(settings, step.repo_url);
  const mirror = await bringMirrorUpToDate(remotes, repo, signal, tell);
  // What the job was told before stays, whatever became of the branch meanwhile.
  const base = step.base ?? (await resolveBase(mirror, step.base_ref, signal));
  if (base.sha !== null) await completeTrees(remotes, repo, [base.sha], signal, tell);
  const pull_request_base = branchTip(mirror, base.ref) === null ? mirror.defaultBranch : base.ref;
  return { base, pull_request_base, ...(await branchOf(settings, mirror, step, signal)) };
}

type Branch = Pick<Mirror, 'branch' | 'tip' | 'holds'>;

/** The branch that has commits of the job; else the one with the short name, unless another job has taken that. */
async function branchOf(
  { profileDirs, defaultAgent }: HostSettings,
  mirror: LocalMirror,
  step: MirrorStep,
  signal: AbortSignal,
): Promise<Branch> {
  const { job_id, branch_of = job_id, recorded } = step;
  if (step.branch !== undefined) return stateOf(mirror, step.branch, recorded, signal);
  // A profile that is not usable is refused where it is put together.
  const profile = (await loadProfiles(profileDirs, defaultAgent)).profiles.find(({ name }) => name === step.profile);
  const names = branchNames(branch_of, profile?.branch_prefix);
  const short = await stateOf(mirror, names.short, recorded, signal);
  const full = await stateOf(mirror, names.full, recorded, signal);
  return [short, full].find(({ holds }) => holds !== undefined) ?? (short.tip === null ? short : full);
}

/** Where `branch` stands, and the newest of `recorded` that is in it. */
async function stateOf(mirror: LocalMirror, branch: string, recorded: string[], signal: AbortSignal): Promise<Branch> {
  const tip = branchTip(mirror, branch);
  if (tip === null) return { branch, tip };
  for (const sha of recorded.toReversed())
    if (await isAncestor(mirror.dir, sha, tip, signal)) return { branch, tip, holds: sha };
  return { branch, tip };
}
