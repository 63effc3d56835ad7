import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Config } from '../../../config/index.ts';
import { findTemporal } from '../../../temporal-config/dev-server/binary.ts';
import { connectClient } from '../../../temporal-config/connect.ts';
import { startEngine, type Engine } from '../../../temporal-config/dev-server/dev-server.ts';
import { readEngineFile, type EngineFile } from '../../../temporal-config/dev-server/engine-file.ts';
import { launch, PortTaken } from '../../../temporal-config/dev-server/engine-process.ts';
import { isAlive } from '../../../processes/proc-table.ts';
import { temporalTarget } from '../../../temporal-config/target.ts';
import { endEngine, freshConfig } from '../../support/engine.ts';
import { ownPorts } from '../../support/own-ports.ts';
import { runScript, untilSaid } from '../../support/script.ts';
import { until } from '../../support/until.ts';

let config: Config;
beforeEach(() => {
  config = freshConfig();
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
  await endEngine(config);
});

const engines: Engine[] = [];
const start = async (report: (sentence: string) => void = () => undefined, of = config): Promise<Engine> => {
  const engine = await startEngine(of, report);
  engines.push(engine);
  return engine;
};
const engineFile = (): EngineFile => {
  const file = readEngineFile(config.dataDir);
  if (file === undefined) throw new Error('there is no engine.json');
  return file;
};

/** Runs `work` with a client of the engine. */
const withClient = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
  const connection = await connectClient(temporalTarget(config));
  return work(new Client({ connection })).finally(() => connection.close());
};
const startWorkflow = (workflowId: string): Promise<unknown> =>
  withClient((client) => client.workflow.start('job', { workflowId, taskQueue: 'nobody' }));
const statusOf = (workflowId: string): Promise<string> =>
  withClient(async (client) => (await client.workflow.getHandle(workflowId).describe()).status.name);

/** Another process that starts the engine of the data directory and then only lives. */
const startElsewhere = async (): Promise<ReturnType<typeof runScript>> => {
  const child = runScript(
    `import { loadConfig } from './config/index.ts';
     import { startEngine } from './temporal-config/dev-server/dev-server.ts';
     await startEngine(loadConfig(), console.error);
     console.log('started');
     setInterval(() => {}, 1000);`,
    { AGENTICORE_DATA_DIR: config.dataDir },
  );
  await untilSaid(child, 'started');
  return child;
};
const killGroup = async (child: ReturnType<typeof runScript>, signal: NodeJS.Signals): Promise<void> => {
  const exit = once(child, 'exit');
  process.kill(-(child.pid ?? 0), signal);
  await exit;
};

test('calls at the same time start one engine, which only the call that started it stops', async () => {
  const [first, second] = await Promise.all([start(), start()]);
  const [starter, user] = first.startedHere ? [first, second] : [second, first];
  expect([starter.startedHere, user.startedHere, user.address]).toEqual([true, false, starter.address]);
  const { engine } = engineFile();

  await user.stop();
  expect(isAlive(engine)).toBe(true);
  await starter.stop();
  expect(isAlive(engine)).toBe(false);
  expect(() => temporalTarget(config)).toThrow('start `agenticore serve`, or set TEMPORAL_ADDRESS');
});

test('another process that starts the engine of the same data directory uses the one that runs, and leaves it running', async () => {
  const engine = await start();
  const before = engineFile();
  const other = await startElsewhere();
  await killGroup(other, 'SIGKILL');
  expect(engineFile()).toEqual(before);
  expect(isAlive(before.engine)).toBe(true);
  await engine.stop();
});

test.each(['SIGKILL', 'SIGINT'] as const)(
  'after %s to the starter and its group the engine lives on, and the next start takes it over',
  async (signal) => {
    const starter = await startElsewhere();
    const { engine } = engineFile();
    await startWorkflow('kept');
    await killGroup(starter, signal);

    const next = await start();
    expect([next.startedHere, engineFile().engine]).toEqual([true, engine]);
    await expect(statusOf('kept')).resolves.toBe('RUNNING');
    await next.stop();
    expect(isAlive(engine)).toBe(false);
  },
);

test('a process that uses the engine takes it over when its starter is killed', async () => {
  const starter = await startElsewhere();
  const user = await start();
  expect(user.startedHere).toBe(false);
  await killGroup(starter, 'SIGKILL');
  await until(() => engineFile().owner?.pid === process.pid);
  const { engine } = engineFile();
  await user.stop();
  expect(isAlive(engine)).toBe(false);
});

test('an engine that is killed is started again at the same ports, with its workflows', async () => {
  await ownPorts(config.dataDir);
  const said: string[] = [];
  const engine = await start((sentence) => said.push(sentence));
  await startWorkflow('kept');
  const before = engineFile();
  process.kill(before.engine?.pid ?? 0, 'SIGKILL');
  await until(() => said.length > 0);
  expect(said).toEqual(['The embedded Temporal had stopped and was started again.']);
  await expect(statusOf('kept')).resolves.toBe('RUNNING');
  expect(temporalTarget(config).address).toBe(engine.address);
  await engine.stop();
});

test('workflows and ports are the same after a stop and a start', async () => {
  await ownPorts(config.dataDir);
  const first = await start();
  await startWorkflow('kept');
  await first.stop();
  const second = await start();
  expect([second.address, second.uiUrl]).toEqual([first.address, first.uiUrl]);
  await expect(statusOf('kept')).resolves.toBe('RUNNING');
  await expect(fetch(second.uiUrl)).resolves.toMatchObject({ status: 200 });
  await second.stop();
});

test('engines of two data directories get ports of their own, also when started at the same time', async () => {
  const other = freshConfig();
  try {
    const engines = await Promise.all([start(), start(undefined, other)]);
    expect(new Set(engines.flatMap(({ address, uiUrl }) => [address, uiUrl])).size).toBe(4);
    await Promise.all(engines.map((engine) => engine.stop()));
  } finally {
    await endEngine(other);
  }
});

test('a damaged database is refused by its path and with a remedy, and nothing is left running', async () => {
  const database = join(config.dataDir, 'temporal.db');
  writeFileSync(database, 'this is no database '.repeat(100));
  await expect(start()).rejects.toMatchObject({
    type: 'engine_unavailable',
    message: expect.stringMatching(/temporal\.db: .*file is not a database.*move it away/),
  });
  expect(isAlive(engineFile().engine)).toBe(false);
  expect(readFileSync(database, 'utf8')).toContain('this is no database');
});

test('the log in the data directory stays bounded, and the engine goes on writing to it', async () => {
  const engine = await start();
  const log = join(config.dataDir, 'logs', 'temporal.log');
  writeFileSync(log, 'x'.repeat(11 * 1024 * 1024), { flag: 'a' });
  await until(() => existsSync(`${log}.1`));
  await engine.stop();
  expect(readFileSync(log, 'utf8')).toMatch(/^[^x]*Stopping server/);
});

test('an engine does not take another at its port for itself', async () => {
  const { port, ui_port } = (await start(), engineFile());
  const other = freshConfig();
  try {
    const launched = launch(await findTemporal(other), other.dataDir, { port, ui_port }, () => undefined);
    await expect(launched).rejects.toBeInstanceOf(PortTaken);
  } finally {
    await endEngine(other);
  }
});
