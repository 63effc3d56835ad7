import { setTimeout as sleep } from 'node:timers/promises';
import {
  hasVariable,
  killListed,
  listProcesses,
  worksIn,
  type ProcessIdentity,
  type ProcessInfo,
} from './proc-table.ts';

/** Name of the variable by which every process of a job is recognised. */
export const MARKER_VARIABLE = 'AGENTICORE_PROCESS_OWNER';

/** How often processes that were killed are looked at until they are gone. */
const LOOK_EVERY_MS = 20;

/** What identifies the processes of one job. */
export interface Traces {
  /** Job id, in the environment of its processes. */
  marker?: string | undefined;
  /** Real paths in which only that job works. */
  directories?: readonly string[];
  /** Processes that are left alone. */
  spared?: readonly ProcessIdentity[];
  /** Pids known to belong to it: they, their groups, their sessions and all descendants count. */
  roots?: readonly number[];
}

/** The live processes of a job with all their descendants. This process and its ancestors are never among them. */
export async function findMembers(traces: Traces): Promise<ProcessInfo[]> {
  const all = await listProcesses();
  const spared = ancestors(all, process.pid);
  const others = all.filter((info) => !spared.has(info.pid));
  const roots = new Set(traces.roots);
  const marks = await Promise.all(others.map((info) => isMarked(info, traces)));
  const members = new Set(
    others.filter((info, at) => marks[at] === true || isRelated(info, roots)).map((info) => info.pid),
  );
  const spare = new Map(traces.spared?.map(({ pid, started }) => [pid, started]));
  return withDescendants(others, members).filter(({ pid, started }) => spare.get(pid) !== started);
}

function isRelated(info: ProcessInfo, roots: ReadonlySet<number>): boolean {
  return roots.has(info.pid) || roots.has(info.group) || roots.has(info.session);
}

async function isMarked(info: ProcessInfo, { marker, directories = [] }: Traces): Promise<boolean> {
  if (marker !== undefined && (await hasVariable(info.pid, MARKER_VARIABLE, marker))) return true;
  // With a terminal it is a person who looks at the worktree.
  return info.terminal === 0 && (await worksIn(info.pid, directories));
}

/** `members` and everything below them, from one listing. */
function withDescendants(all: readonly ProcessInfo[], members: Set<number>): ProcessInfo[] {
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const info of all) if (members.has(info.parent)) members.add(info.pid);
  }
  return all.filter((info) => members.has(info.pid));
}

function ancestors(all: readonly ProcessInfo[], pid: number): Set<number> {
  const parents = new Map(all.map((info) => [info.pid, info.parent]));
  const found = new Set<number>();
  for (let at: number | undefined = pid; at !== undefined && !found.has(at); at = parents.get(at)) found.add(at);
  return found;
}

/** Repeats `find` and SIGKILL until nothing is found, so that processes forked in between end, too. */
export async function killUntilGone(find: () => Promise<ProcessInfo[]>): Promise<void> {
  for (let found = await find(); found.length > 0; found = await find()) {
    killListed(found);
    await sleep(LOOK_EVERY_MS);
  }
}
