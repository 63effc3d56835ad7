import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/index.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { withLock } from '../../processes/file-lock.ts';
import { isAlive, self, type ProcessIdentity } from '../../processes/proc-table.ts';
import { findTemporal } from './binary.ts';
import { ENGINE_HOST, readEngineFile, writeEngineFile, type EngineFile } from './engine-file.ts';
import { answersSoon, boundLog, launch, PortTaken, stopProcess } from './engine-process.ts';
import { choosePorts, USUAL_PORTS } from './ports.ts';

const TEND_MS = 1_000;
const TEND_AFTER_FAILURE_MS = 30_000;
const LAUNCHES = 3;

/** The embedded Temporal of a data directory. */
export interface Engine {
  /** `host:port` for clients and workers. */
  address: string;
  /** Root of its Web UI. */
  uiUrl: string;
  /** True when this call started the server, or took over one whose starter is dead. */
  startedHere: boolean;
  /** Ends the server if this process started it or took it over; else leaves it alone. Further calls do nothing. */
  stop(): Promise<void>;
}

/**
 * The engine of the data directory: the one that runs, else a new one on its persistent database, at ports 7233 and
 * 8233 where they are free. Starts at the same time start it once. It outlives a starter that is killed; the next
 * `startEngine`, or another process that uses it already, takes it over. Until `stop()` it is started again, at the
 * same ports, when it dies. `report` gets one sentence when that happens or fails.
 */
export async function startEngine(config: Config, report: (sentence: string) => void): Promise<Engine> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const { file, taken } = await ensureEngine(config);
  const tending = tend(config, report);
  let stopped: Promise<void> | undefined;
  return {
    address: `${ENGINE_HOST}:${file.port}`,
    uiUrl: `http://${ENGINE_HOST}:${file.ui_port}`,
    startedHere: taken,
    stop: () =>
      (stopped ??= tending.end().then((tookOver) => (taken || tookOver ? stopEngine(config.dataDir) : undefined))),
  };
}

async function ensureEngine(config: Config): Promise<{ file: EngineFile; taken: boolean }> {
  return locked(config.dataDir, async () => {
    const known = readEngineFile(config.dataDir);
    const engine = known?.engine;
    if (known === undefined || !isAlive(engine)) return { file: await startNew(config, known), taken: true };
    if (!(await answersSoon(known.port, engine))) throw hung(engine, config.dataDir);
    if (isAlive(known.owner)) return { file: known, taken: false };
    const file = { ...known, owner: self() };
    writeEngineFile(config.dataDir, file);
    return { file, taken: true };
  });
}

async function startNew(config: Config, known: EngineFile | undefined): Promise<EngineFile> {
  const binary = await findTemporal(config);
  const wishes = known === undefined ? [USUAL_PORTS] : [known, USUAL_PORTS];
  for (let launches = 1; ; launches += 1) {
    const ports = await choosePorts(launches === 1 ? wishes : []);
    let file: EngineFile = { engine: null, owner: null, ...ports };
    try {
      await launch(binary, config.dataDir, ports, (engine) => {
        file = { engine, owner: self(), ...ports };
        writeEngineFile(config.dataDir, file);
      });
      return file;
    } catch (error) {
      if (!(error instanceof PortTaken) || launches === LAUNCHES) throw error;
    }
  }
}

async function stopEngine(dataDir: string): Promise<void> {
  await locked(dataDir, async () => {
    const known = readEngineFile(dataDir);
    if (known === undefined || known.owner?.pid !== process.pid) return;
    if (isAlive(known.engine)) await stopProcess(known.engine);
    writeEngineFile(dataDir, { ...known, engine: null, owner: null });
  });
}

/** Watches the engine until `end()`, which answers whether this process took it over meanwhile. */
function tend(config: Config, report: (sentence: string) => void): { end(): Promise<boolean> } {
  let tookOver = false;
  let ended = false;
  let timer: NodeJS.Timeout;
  let round = Promise.resolve();
  const look = async (): Promise<void> => {
    boundLog(config.dataDir);
    const known = readEngineFile(config.dataDir);
    if (isAlive(known?.engine) && isAlive(known.owner)) return;
    const { file, taken } = await ensureEngine(config);
    tookOver ||= taken;
    if (file.engine?.pid !== known?.engine?.pid) report('The embedded Temporal had stopped and was started again.');
  };
  const plan = (ms: number): void => {
    if (ended) return;
    timer = setTimeout(() => {
      round = look().then(
        () => plan(TEND_MS),
        (error: unknown) => {
          report((error as Error).message);
          plan(TEND_AFTER_FAILURE_MS);
        },
      );
    }, ms).unref();
  };
  plan(TEND_MS);
  return {
    async end() {
      ended = true;
      clearTimeout(timer);
      await round;
      return tookOver;
    },
  };
}

const locked = <T>(dataDir: string, work: () => Promise<T>): Promise<T> => withLock(join(dataDir, 'engine.lock'), work);

const hung = (engine: ProcessIdentity, dataDir: string): Failure =>
  new Failure(
    'engine_unavailable',
    `The embedded Temporal of ${dataDir} (process ${engine.pid}) does not answer: stop it with \`kill ${engine.pid}\` and start again.`,
  );
