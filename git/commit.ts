import { copyFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { Commit, Problem } from '../contract/workflow/delivery.ts';
import { exists } from '../processes/path-exists.ts';
import { addByHand } from './add-by-hand.ts';
import { checkCommit, type CommitToCheck } from './check-commit.ts';
import { CHOOSE, COMMIT, RECORD_INDEX, type ProgramOptions, type RunProgram } from './commit-programs.ts';
import { measured, tooLarge, type CommitLimits } from './commit-size.ts';
import { lfsUnable } from './complete-checkout.ts';
import { notCommitted, quoteOf, type RunConfined } from './confined.ts';
import { takeOver } from './delivery-repository.ts';
import { layOutRepository } from './lay-out.ts';
import { aside, nothingOnBranch, onlyBranch, problemOf, readFacts, shown, type Facts } from './left-work.ts';
import { storeIn } from './lfs-checkout.ts';
import { commitFilterConfig } from './lfs.ts';
import { shallowIn } from './mirror-store.ts';
import { formatOf } from './remote-head.ts';
import { strangeness } from './verify-checkout.ts';

export interface WorkToCommit extends CommitToCheck {
  /** The branch of the job, on which the agent began. */
  branch: string;
  /** Message of the commit that takes what the agent left uncommitted. */
  message: string;
  limits: CommitLimits;
  /** Patterns of what was there before the agent, and is not to be added; see git/baseline.ts. */
  setUp: string;
  /** Whether bubblewrap may be used to read what the agent wrote. */
  bubblewrap: boolean;
}

/** How the commit is made: of the agent's repository, or of its files alone. */
type Mode = 'whole' | 'files';

const LIMIT_MS = 5 * 60_000;

/** The agent's repository is of no use, for the reason that is told. */
class Unusable extends Error {}

/**
 * Makes the commit to deliver of what the agent left, and brings it into the delivery repository. The files are the
 * truth: where the agent's git directory is of no use the commit is made of them alone, on the base. Its own commits
 * are kept where they build on the base; where it rewrote the base, the files are one commit on it. What it checked out
 * beside its branch comes to the base by a merge. What is new only elsewhere is delivered where that is one branch, and
 * else fails `work_not_on_branch`. To be called when no process of the agent lives; may be repeated.
 */
export async function commitChanges(confined: RunConfined, work: WorkToCommit, signal?: AbortSignal): Promise<Commit> {
  const strange = await strangeness(work.path, work.mirrorDir);
  try {
    const made = await (strange !== undefined
      ? commitFiles(confined, work, strange, signal)
      : commitWhole(confined, work, signal).catch((error: unknown) => {
          if (!(error instanceof Unusable)) throw error;
          return commitFiles(confined, work, error.message, signal);
        }));
    return await checkCommit(confined, made, work, signal);
  } finally {
    await rm(work.scratch, { recursive: true, force: true });
  }
}

async function commitWhole(confined: RunConfined, work: WorkToCommit, signal?: AbortSignal): Promise<Commit> {
  const { facts, warnings, much } = await commitIn('whole', confined, work, signal);
  const problem = much ?? problemOf(facts, work.base);
  if (problem !== undefined) return { sha: null, warnings, keep: true, problem };
  const chosen = facts.work === null ? onlyBranch(facts) : undefined;
  const sha = chosen?.sha ?? facts.work;
  if (sha === null) return nothingOnBranch(facts, warnings);
  if (chosen !== undefined) {
    warnings.push(`The agent left its work on its own branch ${shown(chosen.ref)}, which was delivered.`);
    await program(CHOOSE, 'whole', confined, work, { more: [sha], signal });
  }
  const source = join(work.path, '.git');
  if (!(await takeOver({ ...work, checkout: work.path, sha, source }, signal)))
    throw new Unusable('its commits are damaged');
  const left = aside(facts, chosen?.ref);
  return { sha, warnings: [...warnings, ...left], keep: left.length > 0 };
}

async function commitFiles(
  confined: RunConfined,
  work: WorkToCommit,
  reason: string,
  signal?: AbortSignal,
): Promise<Commit> {
  const { facts, warnings, much } = await commitIn('files', confined, work, signal);
  const lost = `The agent's git directory is of no use: ${reason}. The files were committed on ${work.base.ref}, without the agent's own commits.`;
  if (much !== undefined) return { sha: null, warnings: [lost, ...warnings], keep: true, problem: much };
  if (facts.work === null) return { sha: null, warnings: [lost, ...warnings], keep: false };
  const taken = await takeOver({ ...work, checkout: work.path, sha: facts.work, source: work.scratch }, signal);
  if (!taken) throw new Failure('internal', 'The commit of the files could not be taken over.');
  return { sha: facts.work, warnings: [lost, ...warnings], keep: true };
}

/** Makes the commit, by the usual way or, where that does not do, file by file. */
async function commitIn(
  mode: Mode,
  confined: RunConfined,
  work: WorkToCommit,
  signal?: AbortSignal,
): Promise<{ facts: Facts; warnings: string[]; much: Problem | undefined }> {
  await openScratch(work, mode);
  const warnings: string[] = [];
  const options = { more: measured(work.limits), signal };
  let ran = await program(COMMIT, mode, confined, work, options);
  if (ran.code === 4 || /^nested$/m.test(ran.stdout)) {
    const run: RunProgram = (text, more) => program(text, mode, confined, work, { signal, ...more });
    warnings.push(...(await addByHand(run, work)));
    ran = await run(RECORD_INDEX, options);
  }
  const facts = readFacts(ran.stdout);
  if (facts.emptied) throw emptied(work);
  if (facts.rewritten)
    warnings.push(`history_rewritten: the agent rewrote commits of ${work.base.ref}; its files are one commit on it.`);
  if (facts.merged !== undefined)
    warnings.push(`The agent worked on ${shown(facts.merged)}, which was merged into ${work.base.ref}.`);
  return { facts, warnings, much: tooLarge(ran.stdout, work.limits) };
}

// The files that git takes by default lie in the home directory, where the agent can write.
const CONFIG = '[core]\n\texcludesFile = /dev/null\n\tattributesFile = /dev/null\n';

/** A git directory of our own, without configuration, that reads the objects of the mirror; with the message. */
async function openScratch(work: WorkToCommit, mode: Mode): Promise<void> {
  const { path, scratch, mirrorDir, base, setUp, lfs, message } = work;
  const mirror = await realpath(mirrorDir);
  await rm(scratch, { recursive: true, force: true });
  // New objects lie where the agent's next turn finds them.
  const store = storeIn(mode === 'whole' ? join(path, '.git') : scratch);
  const filter = (await lfsUnable(lfs)) === undefined ? commitFilterConfig(store) : '';
  const format = formatOf(base.sha ?? '');
  await layOutRepository(scratch, { format, borrows: join(mirror, 'objects'), config: CONFIG + filter });
  await writeFile(join(scratch, 'info', 'exclude'), setUp);
  await writeFile(join(scratch, 'message'), message);
  if (await exists(shallowIn(mirror))) await copyFile(shallowIn(mirror), shallowIn(scratch));
}

async function program(
  text: string,
  mode: Mode,
  confined: RunConfined,
  { path, scratch, base, branch }: WorkToCommit,
  { more = [], input = '', signal }: ProgramOptions,
): ReturnType<RunConfined> {
  const command = ['/bin/sh', '-c', text, 'commit', mode, scratch, base.sha ?? '', branch, ...more];
  const ran = await confined(command, { cwd: path, input, signal, timeoutMs: LIMIT_MS });
  if (/No space left on device|Disk quota exceeded/.test(ran.stderr)) throw notCommitted('disk_full', ran.stderr);
  if (ran.code === 3 && mode === 'whole') throw new Unusable(lastLine(quoteOf(ran.stderr)));
  if (ran.code !== 0 && ran.code !== 4) throw notCommitted('agent_failed', ran.stderr);
  return ran;
}

const lastLine = (text: string): string =>
  text
    .split('\n')
    .at(-1)
    ?.replace(/^(fatal|error): /, '') ?? '';

const emptied = ({ base }: WorkToCommit): Failure =>
  new Failure('agent_failed', `The agent left no file of ${base.ref}. What there is, is kept in the worktree.`);
