import { resolveBase } from '../git/base.ts';
import { branchTip, updateMirror as bringUpToDate } from '../git/mirror.ts';
import { branchName } from '../contract/names.ts';
import type { Mirror, MirrorStep } from '../contract/steps.ts';
import type { Step } from './index.ts';
import { remotesOf, repoOf } from './remotes.ts';

/** Brings the cached mirror up to date and says where the job's branch starts, how it is called and where it stands. */
export const updateMirror: Step<MirrorStep, Mirror> = async ({ settings }, step, _seat, signal) => {
  const mirror = await bringUpToDate(remotesOf(settings), repoOf(settings, step.repo_url), signal);
  const base = await resolveBase(mirror, step.base_ref, signal);
  const pull_request_base = (await branchTip(mirror, base.ref, signal)) === null ? mirror.defaultBranch : base.ref;
  const { branch_of = step.job_id } = step;
  if (step.branch !== undefined)
    return { base, branch: step.branch, tip: await branchTip(mirror, step.branch, signal), pull_request_base };
  for (const full of [false, true]) {
    const branch = branchName(branch_of, full);
    const tip = await branchTip(mirror, branch, signal);
    if (tip === null || step.recorded.includes(tip) || full) return { base, branch, tip, pull_request_base };
  }
  throw new Error('unreachable');
};
