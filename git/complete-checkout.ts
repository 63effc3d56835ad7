import { join } from 'node:path';
import type { PartModes } from '../contract/shared/checkout-parts.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { Base } from '../contract/workflow/job-spec.ts';
import { settleCheckout } from './checkout.ts';
import { readCompletion, writeCompletion } from './completion.ts';
import { isWhole, readIndexFacts, type IndexFacts } from './index-file.ts';
import { bringLfsFiles } from './lfs-checkout.ts';
import { hasGitLfs } from './lfs.ts';
import { formatOf } from './remote-head.ts';
import { bringSubmodules, type SubmodulePlan, type Submodules } from './submodule-checkout.ts';

export interface CompletionPlan extends Omit<SubmodulePlan, 'lfs'> {
  mirrorDir: string;
  base: Base;
  modes: PartModes;
}

/** Most submodules of which it is told why they are not there. */
const MAX_TOLD = 10;

/** Whether the repository of a checkout that no agent has seen keeps something outside of itself. */
export async function isIncomplete(path: string, { sha }: Base): Promise<boolean> {
  if (sha === null || readCompletion(path) !== undefined) return false;
  const facts = await factsOf(path, sha);
  return facts !== undefined && !isWhole(facts);
}

/**
 * Brings into a checkout that no agent has seen what its repository keeps in Git LFS and in submodules, as far as
 * `modes` and this host permit. What is missing is recorded beside the checkout; where it is `on`, it is
 * `checkout_incomplete`. May be repeated.
 */
export async function completeCheckout(plan: CompletionPlan, signal?: AbortSignal): Promise<void> {
  const { path, base, modes } = plan;
  const facts = base.sha === null ? undefined : await factsOf(path, base.sha);
  if (base.sha === null || facts === undefined || isWhole(facts) || readCompletion(path) !== undefined) return;
  const lfs = facts.lfs ? await completeLfs(plan, base.sha, signal) : undefined;
  if (lfs !== undefined && modes.lfs === 'on') throw new Failure('checkout_incomplete', lfs);
  const submodules = await completeSubmodules(plan, base.sha, facts, signal);
  const [first] = submodules.lacks;
  if (first !== undefined && modes.submodules === 'on') throw new Failure('checkout_incomplete', first);
  if (facts.lfs) await settleCheckout(path, signal);
  const more = submodules.lacks.length - MAX_TOLD;
  const told = submodules.lacks.slice(0, MAX_TOLD);
  const rest = more > 0 ? [`${more} more submodules are not checked out.`] : [];
  await writeCompletion(path, { submodules: submodules.there, lacks: [...(lfs ? [lfs] : []), ...told, ...rest] });
}

const factsOf = (path: string, sha: string): Promise<IndexFacts | undefined> =>
  readIndexFacts(join(path, '.git', 'index'), path, formatOf(sha));

/** Answers what is missing, as sentences. */
async function completeLfs(plan: CompletionPlan, sha: string, signal?: AbortSignal): Promise<string | undefined> {
  const unable = await lfsUnable(plan.modes.lfs);
  if (unable === undefined) return bringLfsFiles({ ...plan, sha }, signal);
  return `The repository keeps files in Git LFS. ${unable} The checkout has their pointers, and changes of these files cannot be delivered.`;
}

/** Why this host does not deliver files in Git LFS; undefined where it does. */
export async function lfsUnable(mode: PartModes['lfs']): Promise<string | undefined> {
  if (mode === 'off') return 'Git LFS is off for this job.';
  return (await hasGitLfs()) ? undefined : 'git-lfs is not installed on the worker.';
}

async function completeSubmodules(
  plan: CompletionPlan,
  sha: string,
  { links }: IndexFacts,
  signal?: AbortSignal,
): Promise<Submodules> {
  const { modes, mirrorDir } = plan;
  if (links.size === 0) return { there: [], lacks: [] };
  if (modes.submodules === 'off')
    return {
      there: [],
      lacks: ['The repository has submodules, which are off for this job: their folders are empty.'],
    };
  const lfs = (await lfsUnable(modes.lfs)) === undefined;
  return bringSubmodules({ ...plan, lfs }, { mirrorDir, sha, links }, signal);
}
