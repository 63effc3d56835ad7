import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fixingAgent } from '../support/model/scripts.ts';
import { LangfuseServer, totalsOf } from '../support/langfuse-server.ts';
import { gate } from '../support/model-server.ts';
import { jobEnded, submit, type Product } from '../support/product.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const held = gate();
let isLost = false;
/** Calls that the model has answered. */
let given = 0;
let world: World;
let api: Product;
let langfuse: LangfuseServer;
let bucket: S3Server;
beforeAll(async () => {
  langfuse = await new LangfuseServer().start();
  bucket = await startS3Server();
  const fixing = fixingAgent({ commands: ['echo 1 > one.txt && git add -A && git commit -q -m one'] });
  world = await createWorld({
    script: (conversation) => {
      if (isLost || conversation.calls.length === 0) {
        given += 1;
        return fixing(conversation);
      }
      held.open();
      return { hold: new Promise(() => undefined) };
    },
    env: {
      AGENTICORE_SEAT_TIMEOUT_S: '6',
      ...langfuse.env,
      ...bucket.env,
    },
  });
  api = await world.start('serve', { args: ['--no-worker'] });
});
afterAll(async () => {
  await world.end();
  await langfuse.stop();
  await bucket.close();
});

/** A worker with a disk of its own. */
function worker(name: string): Promise<Product> {
  const data = join(world.dir, name);
  return world.start('worker', {
    env: { AGENTICORE_DATA_DIR: data, AGENTICORE_REPOS_ROOT: join(data, 'repos') },
  });
}

test('a host that is back after its job went elsewhere adds its part to the trace, and its transcript to the bucket', async () => {
  const first = await worker('first');
  const { id } = await submit(api.url, { task: 'work', repo_url: world.repo });
  await held.opened;
  await first.kill();
  isLost = true;
  await worker('second');
  const job = await jobEnded(() => api.url, id);
  expect(job).toMatchObject({ status: 'succeeded', resumed: false, attempt: 2 });
  await until(() => langfuse.of('job_id', id).some(({ span }) => span.name === 'agent, attempt 2'));
  const shipped = (): string[] => [...bucket.objects.keys()].filter((key) => key.startsWith(`transcripts/${id}/`));
  await until(() => shipped().length === 1);
  await worker('first');
  await until(async () => (await readdir(join(world.dir, 'first', 'spool'))).every((name) => name.startsWith('.')));
  const trace = langfuse.of('job_id', id);
  // The first host had no time to report what its agent had used.
  expect(totalsOf(trace).output_tokens).toBe(5 * given);
  expect(trace.filter(({ span }) => /^(job|agent, .*)$/.test(span.name ?? '')).map(({ span }) => span.name)).toEqual(
    expect.arrayContaining(['job', 'agent, attempt 1', 'agent, attempt 2']),
  );
  expect(new Set(trace.map(({ span }) => span.traceId)).size).toBe(1);
  expect(shipped()).toHaveLength(2);
});
