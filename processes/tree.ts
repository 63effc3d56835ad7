import { setTimeout as sleep } from 'node:timers/promises';
import { findMembers, killUntilGone, type Traces } from './job-processes.ts';
import type { RunningProcess } from './spawn.ts';
import { isAlive, killListed, listProcesses, send, type ProcessIdentity, type ProcessInfo } from './proc-table.ts';

/** How long the supervisor may take to kill its tree before it is done for it. */
const SUPERVISOR_END_MS = 2_000;

/** How long is waited for the first process of a sandbox that has just begun. */
const TOLD_MS = 1_000;

/** How often it is looked whether what was killed is gone. */
const LOOK_EVERY_MS = 2;

/**
 * SIGTERM to the program itself, then SIGKILL to the whole tree when the program has ended or after `graceMs`; resolves
 * when nothing of it lives.
 */
export async function stopTree(run: RunningProcess, graceMs: number): Promise<void> {
  const over = new AbortController();
  void terminate(run, over.signal);
  await exitWithin(run, graceMs);
  over.abort();
  await killTree(run);
}

/** Resolves when the program has ended, or after `ms` if it has not. */
export async function exitWithin(run: RunningProcess, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([run.exited, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}

/** SIGKILL to the whole tree at once, also to children that left the group; resolves when nothing of it lives. */
export async function killTree(run: RunningProcess): Promise<void> {
  const root = await Promise.race([run.root, sleep(TOLD_MS, undefined, { ref: false })]);
  if (root !== undefined) return killNamespace(run, root);
  const gone = run.kind === 'bubblewrap' ? [] : await leftTheGroup(run);
  send(-run.pid, 'SIGKILL');
  await killUntilGone(async () => [
    ...gone.filter(isAlive),
    ...(await findMembers({ roots: [run.pid], marker: run.marker, directories: run.directories })),
  ]);
  await run.exited;
  run.release();
}

/** The kernel kills all of a pid namespace with its first process, which is gone only when they are. */
async function killNamespace(run: RunningProcess, root: ProcessIdentity): Promise<void> {
  send(-run.pid, 'SIGKILL');
  for (; isAlive(root); await sleep(LOOK_EVERY_MS)) killListed([root]);
  await run.exited;
  run.release();
}

/**
 * Members outside the group, to be looked up while their parents still live; a supervisor has killed them when it ends.
 */
async function leftTheGroup(run: RunningProcess): Promise<ProcessInfo[]> {
  run.control?.destroy();
  const members = await findMembers({ roots: [run.pid] });
  if (run.kind === 'supervisor') await exitWithin(run, SUPERVISOR_END_MS);
  return members;
}

/** SIGTERM to the program as soon as it runs. Bubblewrap forwards no signals; the supervisor does. */
async function terminate(run: RunningProcess, over: AbortSignal): Promise<void> {
  if (run.kind !== 'bubblewrap') return send(run.pid, 'SIGTERM');
  for (let inner = await descendant(run.pid, 2); !over.aborted; inner = await descendant(run.pid, 2)) {
    if (inner !== undefined) return send(inner, 'SIGTERM');
    await sleep(20);
  }
}

/** The oldest child's oldest child and so on, `depth` generations below `pid`. */
export async function descendant(pid: number, depth: number): Promise<number | undefined> {
  const all = await listProcesses();
  let at: number | undefined = pid;
  for (let generation = 0; generation < depth && at !== undefined; generation++) {
    const children: ProcessInfo[] = all.filter((info) => info.parent === at);
    at = children.sort((one, other) => Number(one.started) - Number(other.started))[0]?.pid;
  }
  return at;
}

/**
 * SIGKILLs what an earlier run left behind: processes with `marker` in their environment, and those without a terminal
 * that work in one of `directories`. This process and its ancestors are spared, too. Returns the pids when they are
 * gone; without /proc it finds none.
 */
export async function killStrays(traces: Omit<Traces, 'roots'>): Promise<number[]> {
  const killed = new Set<number>();
  await killUntilGone(async () => {
    const found = await findMembers(traces);
    for (const info of found) killed.add(info.pid);
    return found;
  });
  return [...killed];
}
