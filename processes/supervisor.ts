/**
 * A program of its own: holds the tree of the program it starts, and kills it when the connection to its parent closes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { findMembers, killUntilGone } from './job-processes.ts';
import type { SupervisorOrders } from './supervised.ts';
import { isAlive, send, type ProcessInfo } from './proc-table.ts';
import { descendant } from './tree.ts';

/** How often the tree is looked at, so that what later leaves it is known. */
const LOOK_EVERY_MS = 200;

/**
 * First process of the namespace: reaps orphans. Shells give background programs no stdin unless it comes
 * by another number.
 */
const INIT = ['/bin/sh', '-c', 'exec 4<&0; "$@" <&4 4<&- & exec 4<&-; wait $!', 'init'];

const [ordersText = '{}', file = '', ...args] = process.argv.slice(2);
const orders = JSON.parse(ordersText) as SupervisorOrders;
const inNamespace = orders.namespace.length > 0;
const [program = file, ...programArgs] = inNamespace ? [...orders.namespace, ...INIT, file, ...args] : [file, ...args];

// Before the program starts, so that a signal at that moment does not leave it without its supervisor.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void forward(signal));

const parent = new Socket({ fd: 3 });
const child = spawn(program, programArgs, { stdio: 'inherit', detached: true });
const known = new Map<number, ProcessInfo>();
const looking = inNamespace ? undefined : setInterval(() => void look(), LOOK_EVERY_MS);

parent.on('close', () => child.kill('SIGKILL')).on('error', () => undefined);
parent.resume();
child.once('error', () => void end(child));
child.once('exit', () => void end(child));

async function forward(signal: NodeJS.Signals): Promise<void> {
  const inner = inNamespace ? await descendant(child.pid ?? 0, 2) : child.pid;
  if (inner !== undefined) send(inner, signal);
}

async function look(): Promise<ProcessInfo[]> {
  const alive = [...known.values()].filter(isAlive).map(({ pid }) => pid);
  const { marker, directories } = orders;
  const found = await findMembers({ roots: [child.pid ?? 0, ...alive], marker, directories });
  known.clear();
  for (const info of found) known.set(info.pid, info);
  return found;
}

/** Kills what is left, then ends as the program ended. */
async function end({ exitCode, signalCode }: ChildProcess): Promise<void> {
  clearInterval(looking);
  await killUntilGone(look);
  parent.destroy();
  process.exitCode = exitCode ?? 127;
  if (signalCode === null) return;
  process.removeAllListeners(signalCode);
  process.kill(process.pid, signalCode);
}
