import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import type { Config } from '../config/index.ts';
import { HealthReply } from '../contract/http/replies.ts';
import { findInstalledTemporal } from '../temporal-config/dev-server/binary.ts';
import { connectClient } from '../temporal-config/connect.ts';
import { readEngineFile } from '../temporal-config/dev-server/engine-file.ts';
import { choosePorts, USUAL_PORTS } from '../temporal-config/dev-server/ports.ts';
import { explainMissing, missingAttributes, type MissingAttributes } from '../temporal-config/search-attributes.ts';
import { isAlive } from '../processes/proc-table.ts';
import { temporalTarget, usesCluster } from '../temporal-config/target.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** How long something that runs may take to answer (milliseconds). */
const ANSWER_MS = 3_000;

/** Whether Temporal answers and has the search attributes; where none runs yet, whether one can be started. */
export async function checkTemporal(config: Config): Promise<Check[]> {
  const name = 'Temporal';
  try {
    const runs = usesCluster(config) || isAlive(readEngineFile(config.dataDir)?.engine);
    if (!runs) return [await checkEngine(config)];
    const target = temporalTarget(config);
    const connection = await connectClient(target, 0);
    let missing: MissingAttributes | undefined;
    try {
      await connection.workflowService.describeNamespace({ namespace: target.namespace });
      missing = await missingAttributes(connection, target.namespace);
    } finally {
      await connection.close();
    }
    const answers = ok(name, `${target.embedded ? 'the embedded server' : 'the server'} answers at ${target.address}`);
    if (missing === undefined) return [answers];
    const { message, next_step } = explainMissing(missing, target.namespace);
    return [answers, warn('search attributes', message, next_step)];
  } catch (error) {
    const { message } = error as Error;
    return [fail(name, message, 'Correct the TEMPORAL_* variables, or start the server that they name.')];
  }
}

async function checkEngine(config: Config): Promise<Check> {
  const file = await findInstalledTemporal(config);
  if (file !== undefined) return ok('Temporal', `serve will start ${file}`);
  return warn(
    'Temporal',
    'There is no `temporal` program yet: the first start downloads it from github.com, or builds it with Go.',
    'Nothing to do if one of these is possible. Otherwise install the Temporal CLI, or set TEMPORAL_ADDRESS.',
  );
}

/** Whether the ports are free, or ours. */
export async function checkPort({ host, port }: Config): Promise<Check> {
  const name = 'API port';
  if (port === 0) return ok(name, 'any free port');
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const problem = await tryListening(host, port);
  if (problem === undefined) return ok(name, `${where} is free`);
  const version =
    problem === 'EADDRINUSE' ? await versionAt(where.replace(/^(0\.0\.0\.0|\[::\])/, 'localhost')) : undefined;
  if (version !== undefined) return ok(name, `agenticore ${version} answers at ${where}`);
  const why = problem === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${problem})`;
  return fail(name, `${where} ${why}.`, 'Stop the program that uses it, or set AGENTICORE_PORT and AGENTICORE_HOST.');
}

/** Whether the engine, where it is to be started, gets its usual ports. */
export async function checkEnginePorts(config: Config): Promise<Check[]> {
  const name = 'Temporal ports';
  const { port, ui_port } = USUAL_PORTS;
  const known = readEngineFile(config.dataDir);
  if (isAlive(known?.engine))
    return [ok(name, `${known?.port} and ${known?.ui_port} are in use by the embedded server`)];
  if (Object.keys(config.temporal).length > 0) return [];
  const free = (await choosePorts([USUAL_PORTS])).port === port;
  if (free) return [ok(name, `${port} and ${ui_port} are free`)];
  return [
    warn(
      name,
      `${port} or ${ui_port} is in use: the embedded server will use other ports.`,
      'Nothing to do: `agenticore serve` prints the ports.',
    ),
  ];
}

/** Whether the Redis that is configured answers. */
export async function checkRedis({ redisUrl }: Config): Promise<Check[]> {
  if (redisUrl === undefined) return [];
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: ANSWER_MS,
    commandTimeout: ANSWER_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let problem = '';
  redis.on('error', (error: Error) => (problem = error.message));
  try {
    await redis.connect();
    await redis.ping();
    return [ok('Redis', 'it answers')];
  } catch (error) {
    const why = problem === '' ? (error as Error).message : problem;
    return [
      fail('Redis', `The server of REDIS_URL does not answer (${why}).`, 'Start it, correct REDIS_URL, or unset it.'),
    ];
  } finally {
    redis.disconnect();
  }
}

/** Why nothing can listen there; undefined when something can. */
function tryListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function versionAt(where: string): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${where}/health`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return HealthReply.safeParse(await response.json()).data?.version;
  } catch {
    return undefined;
  }
}
