import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { outputOf } from './run-program.ts';
import { findProgram, start, type Command, type RunningProcess } from './spawn.ts';

/** First argument of the supervisor, as JSON; the program and its arguments follow. */
export interface SupervisorOrders {
  marker: string | undefined;
  directories: readonly string[];
  /** Program and flags that put what follows into a pid namespace of its own; empty where that does not work. */
  namespace: readonly string[];
}

const NAMESPACE = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const CANDIDATES = [NAMESPACE, ['--user', '--map-current-user', ...NAMESPACE]];

const PROBE_MS = 5_000;

let probe: Promise<readonly string[]> | undefined;

/**
 * How a pid namespace is made here with util-linux's `unshare`, tried once per process; empty where it does not work.
 */
function detectNamespace(): Promise<readonly string[]> {
  probe ??= tryCandidates();
  return probe;
}

async function tryCandidates(): Promise<readonly string[]> {
  for (const flags of CANDIDATES)
    if ((await outputOf('unshare', [...flags, 'true'], PROBE_MS)) !== undefined) return ['unshare', ...flags];
  return [];
}

/**
 * Starts a program below a supervisor process, which kills the program's whole tree when the program ends or this
 * process does, however it dies. With a `namespace` nothing escapes; without one, what cut itself off from parents,
 * group, marker and directories at once does.
 */
export async function startSupervised(
  command: Command,
  directories: readonly string[],
  namespace?: readonly string[],
): Promise<RunningProcess> {
  const orders: SupervisorOrders = {
    marker: command.marker,
    directories,
    namespace: namespace ?? (await detectNamespace()),
  };
  const file = await findProgram(command, 'internal');
  const args = [...supervisorProgram(), JSON.stringify(orders), file, ...command.args];
  return start({ ...command, file: process.execPath, args }, { kind: 'supervisor', directories });
}

/** The supervisor as Node starts it: the built file, or from sources with the loader that runs them. */
function supervisorProgram(): string[] {
  const extension = extname(fileURLToPath(import.meta.url));
  const supervisor = fileURLToPath(new URL(`./supervisor${extension}`, import.meta.url));
  if (extension !== '.ts') return [supervisor];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, supervisor];
}
