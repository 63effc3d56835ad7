import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { packageRoot } from '../../config/index.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { sqlWith } from '../support/doc-blocks.ts';
import { freePort } from '../support/free-port.ts';
import { TestPostgres } from '../support/postgres.ts';
import { call, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const KEY = 'key-of-this-test';
const headers = { 'x-api-key': KEY };

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await TestPostgres.start();
});
afterAll(() => postgres?.stop());

/** Starts the collector; resolves when it takes telemetry at these ports. */
async function startOtelcol(to: { url: string; grpc: number; http: number }): Promise<ChildProcess> {
  const config = join(packageRoot, 'deploy', 'otel-collector', 'config.yaml');
  const collector = spawn(process.env.AGENTICORE_OTELCOL ?? '', ['--config', config], {
    env: {
      AGENTICORE_URL: to.url,
      AGENTICORE_API_KEY: KEY,
      OTLP_GRPC_ADDRESS: `127.0.0.1:${to.grpc}`,
      OTLP_HTTP_ADDRESS: `127.0.0.1:${to.http}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: collector.stderr })) {
    said.push(line);
    if (line.includes('Everything is ready')) break;
  }
  if (collector.exitCode !== null) throw new Error(`the collector did not start:\n${said.join('\n')}`);
  collector.stderr.resume();
  return collector;
}

describe.each(['grpc', 'http/protobuf'] as const)('a collector that is spoken to over %s', (protocol) => {
  let world: World;
  let product: Product;
  let collector: ChildProcess;
  beforeAll(async () => {
    const [port, grpc, http] = [await freePort(), await freePort(), await freePort()];
    collector = await startOtelcol({ url: `http://127.0.0.1:${port}`, grpc, http });
    world = await createWorld({
      env: {
        AGENTICORE_PORT: String(port),
        AGENTICORE_API_KEYS: `collector=${KEY}`,
        POSTGRES_URL: postgres.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? grpc : http}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      },
    });
    product = await world.start('serve');
  });
  afterAll(async () => {
    await world?.end();
    const gone = once(collector, 'exit');
    collector.kill('SIGKILL');
    await gone;
  });

  const count = async (from: string, id: string): Promise<number> =>
    Number((await postgres.query<{ n: string }>(`select count(*) n from ${from}`, [id]))[0]?.n);

  test('brings one trace, from POST /jobs to what the CLI tells of itself, to PostgreSQL', async () => {
    const json = { task: 'fix it', repo_url: world.repo, wait: true };
    const { job } = (await call<{ job: JobRecord }>(product.url, '/jobs', { json, headers })).body;
    expect(job.status).toBe('succeeded');
    const names = await until(async () => {
      const rows = await postgres.query(sqlWith('recursive', 'docs/telemetry.md'), [job.id]);
      const found = rows.map(({ name }) => String(name));
      return found.includes('claude_code.llm_request') && found.includes('job') && found;
    });
    expect(names[0]).toBe('POST /jobs');
    expect(names).toEqual(expect.arrayContaining(['job', 'runAgent', 'git push', 'claude_code.interaction']));
    const spans = await postgres.query('select distinct trace_id from agenticore_spans where job_id = $1', [job.id]);
    expect(spans).toHaveLength(1);
    await until(async () => (await count('agenticore_logs where job_id = $1', job.id)) > 0);
    await until(async () => (await count('agenticore_metric_points where job_id = $1', job.id)) > 0);
  });

  test('sends no traces of what it sends', async () => {
    const { body } = await call<{ jobs: unknown[] }>(product.url, '/jobs', { headers });
    expect(body.jobs).toHaveLength(1);
    await until(async () => (await count('agenticore_spans where name = $1', 'GET /jobs')) > 0);
    const told = await postgres.query('select distinct name from agenticore_spans');
    expect(told.map(({ name }) => String(name)).filter((name) => name.includes('/v1/'))).toEqual([]);
    await postgres.query('truncate agenticore_spans');
  });
});
