import { Client } from '../../cli/client.ts';
import { JobReply } from '../../contract/http/job-record.ts';
import { bareTask } from './bare-cli.ts';
import { TASK, type Bench } from './bench-part.ts';
import { median, milliseconds, row, seconds, spread } from './table.ts';

const BURST = 20;

/** Jobs beside the bare CLI, one by one and many at once. */
export async function benchJobs(bench: Bench, rounds: number): Promise<void> {
  const { place, modelUrl } = bench;
  await bench.serving({}, async (url) => {
    await runJob(url, place.repo);
    const bare: number[] = [];
    const jobs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      bare.push(await bareTask(place, modelUrl, TASK));
      jobs.push(await milliseconds(() => runJob(url, place.repo)));
    }
    row('bare CLI, edit and commit', spread(bare));
    row('job, submit to delivered branch', spread(jobs));
    row('what agenticore adds (medians)', seconds(median(jobs) - median(bare)));
    const burst = Promise.all(Array.from({ length: BURST }, () => runJob(url, place.repo)));
    const health = slowestHealth(new Client(url), burst);
    row(`${BURST} jobs at once, 3 seats`, seconds(await milliseconds(() => burst)));
    row('slowest /health meanwhile', `${(await health).toFixed(0)} ms`);
  });
}

/** Resolves when the job has delivered. */
export async function runJob(url: string, repo: string): Promise<void> {
  const body = JSON.stringify({ task: TASK, repo_url: repo, wait: true });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/jobs`, { method: 'POST', headers, body });
  const { job: done } = JobReply.parse(await response.json());
  if (done.status !== 'succeeded') throw new Error(`a job ended ${done.status}: ${done.error ?? ''}`);
}

/** The slowest of `/health` while `work` goes on. */
async function slowestHealth(client: Client, work: Promise<unknown>): Promise<number> {
  let slowest = 0;
  let going = true;
  const watch = (async () => {
    while (going) slowest = Math.max(slowest, await milliseconds(() => client.health()));
  })();
  await work;
  going = false;
  await watch;
  return slowest;
}
