import { Failure } from '../contract/shared/failures.ts';
import type { Commit, Problem } from '../contract/workflow/delivery.ts';
import type { Base } from '../contract/workflow/job-spec.ts';

/** What the programs of commit-programs.ts found. */
export interface Facts {
  /** The commit to deliver; null where nothing is new on HEAD. */
  work: string | null;
  /** Operations of git that were not finished, and files with conflicts. */
  operations: string[];
  unmerged: string[];
  /** What was checked out in place of the branch of the job, and was merged into the base, or could not be. */
  merged?: string;
  conflict?: string;
  /** Whether the agent rewrote commits of the base. */
  rewritten: boolean;
  /** Whether no file of the base is left. */
  emptied: boolean;
  /** Commits that are neither on HEAD nor on the remote, and whether they build on the base. */
  elsewhere: { sha: string; ref: string; descends: boolean }[];
  /** Other worktrees that have something new. */
  worktrees: string[];
  /** What is new and ignored by git, where nothing else is. */
  ignored: string[];
}

/** Most names in one sentence. */
const MAX_NAMES = 10;

const OPERATIONS: Readonly<Record<string, string>> = {
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase or `git am`',
  BISECT_LOG: 'a bisect',
};

/** The facts in what a program printed. */
export function readFacts(stdout: string): Facts {
  const lines = stdout.split('\n').map((line) => /^([a-z]+)(?: (.*))?$/.exec(line) ?? []);
  const all = (name: string): string[] => lines.flatMap(([, fact, value = '']) => (fact === name ? [value] : []));
  const [merged] = all('merged');
  const [conflict] = all('conflict');
  const other = (name: string, descends: boolean): Facts['elsewhere'] =>
    all(name).map((value) => ({ sha: value.split(' ')[0] ?? '', ref: value.slice(value.indexOf(' ') + 1), descends }));
  return {
    work: all('work')[0] ?? null,
    operations: all('operation').map((name) => OPERATIONS[name] ?? name),
    unmerged: all('unmerged'),
    ...(merged === undefined ? {} : { merged }),
    ...(conflict === undefined ? {} : { conflict }),
    rewritten: all('rewritten').length > 0,
    emptied: all('emptied').length > 0,
    elsewhere: [...other('descends', true), ...other('apart', false)],
    worktrees: all('worktree'),
    ignored: all('ignored'),
  };
}

/** A ref as a person calls it. */
export const shown = (ref: string): string => (ref === 'refs/stash' ? 'the stash' : ref.replace(/^refs\/heads\//, ''));

/** What the agent is told to mend before its work can be committed; undefined where there is nothing. */
export function problemOf({ operations, unmerged, conflict }: Facts, { ref }: Base): Problem | undefined {
  const problem = (message: string): Problem => ({ code: 'agent_failed', message });
  if (conflict !== undefined)
    return problem(
      `What you have checked out, ${shown(conflict)}, does not build on ${ref} and has conflicts with it. Bring your work onto ${ref}, and commit it.`,
    );
  if (operations.length === 0 && unmerged.length === 0) return undefined;
  const what = operations.length === 0 ? 'Files have conflicts' : `You did not finish ${operations.join(' and ')}`;
  const files = unmerged.length === 0 ? '' : ` There are conflicts in: ${names(unmerged)}.`;
  return problem(
    `${what} in the repository.${files} Finish it, or abort it, so that \`git status\` names no operation and no conflict.`,
  );
}

/** The one branch whose commits are all that the agent left. */
export function onlyBranch({ elsewhere }: Facts): { sha: string; ref: string } | undefined {
  const branches = elsewhere.filter(({ ref }) => ref !== 'refs/stash');
  return branches.length === 1 && branches[0]?.descends === true ? branches[0] : undefined;
}

/** Warnings of what is new besides what is delivered. */
export function aside(facts: Facts, delivered?: string): string[] {
  const left = leftElsewhere(facts, delivered);
  return left === '' ? [] : [`Not delivered, but kept in the worktree: ${left}.`];
}

/**
 * The answer where nothing is new on the branch: the agent changed nothing, or (`work_not_on_branch`) it left its work
 * elsewhere.
 */
export function nothingOnBranch(facts: Facts, warnings: string[]): Commit {
  const left = leftElsewhere(facts);
  if (left !== '')
    throw new Failure(
      'work_not_on_branch',
      `The agent left nothing on its branch, but there is ${left}. It is kept in the worktree.`,
    );
  if (facts.ignored.length === 0) return { sha: null, warnings, keep: false };
  const ignored = `Nothing was delivered: all that the agent made is ignored by git: ${names(facts.ignored)}.`;
  return { sha: null, warnings: [...warnings, ignored], keep: true };
}

function leftElsewhere({ elsewhere, worktrees }: Facts, delivered?: string): string {
  const refs = elsewhere.filter(({ ref }) => ref !== delivered);
  const branches = refs.filter(({ ref }) => ref !== 'refs/stash').map(({ ref }) => shown(ref));
  return [
    ...(refs.length > branches.length ? ['work in the stash'] : []),
    ...(branches.length === 0
      ? []
      : [`work on ${branches.length === 1 ? 'the branch' : 'the branches'} ${names(branches)}`]),
    ...(worktrees.length === 0
      ? []
      : [`work in ${worktrees.length === 1 ? 'the worktree' : 'the worktrees'} ${names(worktrees)}`]),
  ].join(', and ');
}

/** The first of `all`, and how many there are besides. */
export function names(all: readonly string[], most = MAX_NAMES): string {
  const more = all.length - most;
  return `${all.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
