import { fillTemplate, type COMMIT_PLACEHOLDERS } from '../contract/shared/template.ts';
import type { CommitTerms } from '../contract/workflow/commit-terms.ts';
import type { CommitStep } from '../contract/workflow/delivery.ts';
import { defusePlain } from '../forges/inert-text.ts';
import type { RunConfined } from '../git/confined.ts';
import { bringMirrorUpToDate } from '../git/mirror.ts';
import { remakeCommits } from '../git/remake.ts';
import { makeCommit, trySigning, type KeyKind, type SigningKeys } from '../git/signing.ts';
import { takeBack } from '../git/take-back.ts';
import type { Deps, HostSettings } from './deps.ts';
import { forgeSigner, signingForge } from './forge-signer.ts';
import { remotesOf, repoOf } from './remotes.ts';

/** Fails `signing_failed` where this worker cannot sign as the profile says: before the agent costs anything. */
export async function checkTerms(
  settings: HostSettings,
  { signing }: CommitTerms,
  repoUrl: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (signing === undefined || repoUrl === undefined) return;
  if (signing === 'forge') signingForge(settings, repoOf(settings, repoUrl));
  else await trySigning(signing, settings.signing, signal);
}

interface Committed {
  /** The commit of what the agent left. */
  sha: string;
  path: string;
  confined: RunConfined;
}

/** The commit to deliver: that of the agent's work, or what is made of it by the terms of the profile. */
export async function applyTerms(
  deps: Deps,
  step: CommitStep,
  { sha, path, confined }: Committed,
  signal: AbortSignal,
): Promise<string> {
  const { settings } = deps;
  const { author = settings.author, message, signing } = step.commits ?? {};
  if (message === undefined && signing === undefined) return sha;
  const repo = repoOf(settings, step.repo_url);
  const remaking = {
    ...{ checkout: path, sha, base: step.base.sha, person: author },
    refresh: () => bringMirrorUpToDate(remotesOf(settings), repo, signal),
    message: message === undefined ? undefined : await fillMessage(deps, step, message),
    ...(signing === 'forge' ? forgeSigner(settings, repo, signal) : ownSigner(settings.signing, signing, signal)),
  };
  const remade = await remakeCommits(remaking, signal);
  await takeBack(confined, path, remade, signal);
  return remade.sha;
}

const ownSigner = (
  keys: SigningKeys,
  kind: KeyKind | undefined,
  signal: AbortSignal,
): Pick<Parameters<typeof remakeCommits>[0], 'make'> => ({
  make: (dir, commit) => makeCommit(dir, commit, { kind, keys }, signal),
});

/** The message that the template says; what it is filled with is data, and does nothing on a forge. */
async function fillMessage(
  { readTask, jobUrl }: Pick<Deps, 'readTask' | 'jobUrl'>,
  { job_id, subject, profile }: Pick<CommitStep, 'job_id' | 'subject' | 'profile'>,
  template: string,
): Promise<string> {
  const values: Record<(typeof COMMIT_PLACEHOLDERS)[number], string> = {
    SUBJECT: defusePlain(subject),
    TASK: defusePlain(await readTask(job_id)).trim(),
    JOB_ID: job_id,
    JOB_URL: jobUrl(job_id) ?? '',
    PROFILE: defusePlain(profile),
  };
  return fillTemplate(template, values);
}
