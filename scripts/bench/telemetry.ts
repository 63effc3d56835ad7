import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Bench } from './bench-part.ts';
import { cpuSeconds } from './cpu.ts';
import { runJob } from './jobs.ts';
import { median, milliseconds, row, spread } from './table.ts';

/** Processor time is measured over this many jobs, because its clock has hundredths of a second. */
const JOBS = 4;

/** What jobs have cost (milliseconds of each): on the clock, and of processors. */
interface Cost {
  wall: number[];
  cpu: number[];
}

/** Jobs with telemetry beside jobs without, turn about on two servers, so that both meet the same machine. */
export async function benchTelemetry({ place, serving }: Bench, rounds: number): Promise<void> {
  const collector = await startCollector();
  const other = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    AGENTICORE_DATA_DIR: `${place.dataDir}-2`,
    AGENTICORE_REPOS_ROOT: join(place.dir, 'mirrors-2'),
  };
  const [off, on] = [emptyCost(), emptyCost()];
  try {
    await serving({}, (plain) =>
      serving(other, async (telling) => {
        for (const url of [plain, telling]) await runJob(url, place.repo);
        for (let round = 0; round < rounds; round++) {
          await measure(plain, place.repo, off);
          await measure(telling, place.repo, on);
        }
      }),
    );
  } finally {
    collector.close();
  }
  row('job without telemetry', spread(off.wall));
  row('job with telemetry', `${spread(on.wall)}   ${more(on.wall, off.wall)}`);
  row('CPU of a job without telemetry', spread(off.cpu));
  row('CPU of a job with telemetry', `${spread(on.cpu)}   ${more(on.cpu, off.cpu)}`);
  row('telemetry of a job', `${(collector.bytes() / on.wall.length / 1_024).toFixed(0)} KiB`);
}

/** Takes whatever it is sent, and counts it. */
async function startCollector(): Promise<{ url: string; bytes: () => number; close: () => void }> {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, bytes: () => bytes, close };
}

async function measure(url: string, repo: string, cost: Cost): Promise<void> {
  const before = await cpuSeconds();
  for (let count = 0; count < JOBS; count++) cost.wall.push(await milliseconds(() => runJob(url, repo)));
  cost.cpu.push((1_000 * ((await cpuSeconds()) - before)) / JOBS);
}

const emptyCost = (): Cost => ({ wall: [], cpu: [] });

/** By how much the median of `on` is more than that of `off`. */
function more(on: readonly number[], off: readonly number[]): string {
  const percent = 100 * (median(on) / median(off) - 1);
  return `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`;
}
