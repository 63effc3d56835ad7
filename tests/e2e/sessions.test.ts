import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { call, jobEnded, jobUntil, runJob, submit, type Product } from '../support/product.ts';
import { createWorld, fixing, type World } from '../support/world.ts';

/** 3 MB of lines of 10 bytes. */
const writing = fixingAgent({ commands: ['yes 123456789 | head -c 3000000 >much.txt'] });
const never = new Promise<never>(() => undefined);
let world: World;
let product: Product;
const url = (): string => product.url;
const run = (request: object): Promise<JobRecord> => runJob(url, request);

beforeAll(async () => {
  world = await createWorld({
    script: (conversation) => {
      if (conversation.latest.includes('take long')) return { hold: never };
      if (conversation.latest.includes('write much')) return writing(conversation);
      if (conversation.latest.includes('fix')) return fixing()(conversation);
      return { text: `Heard: ${conversation.latest}` };
    },
  });
  product = await world.start('serve');
});
afterAll(() => world.end());

describe('a job with the session_id of an earlier one', () => {
  test('goes on with what was said there, in a session of its own, as often as one likes', async () => {
    const first = await run({ task: 'remember the fox' });
    const begun = ['who was it?', 'where was it?'].map((task) => run({ task, session_id: first.session_id }));
    const forks = await Promise.all(begun);
    for (const fork of forks) {
      expect(fork).toMatchObject({
        mode: 'stateful',
        status: 'succeeded',
        output: `Heard: ${fork.task}`,
        resumed: false,
      });
      expect(world.model.turns('remember the fox').map((turn) => turn.conversation?.latest)).toContain(fork.task);
    }
    expect(new Set([first, ...forks].map(({ session_id }) => session_id)).size).toBe(3);

    const third = await run({ task: 'and when?', session_id: forks[0]?.session_id });
    expect(third).toMatchObject({ status: 'succeeded', output: 'Heard: and when?' });
    const [last] = world.model.turns('remember the fox').slice(-1);
    expect(JSON.stringify(last?.body?.messages)).toMatch(/remember the fox.*who was it\?.*and when\?/s);
  });

  test('may follow one that was stopped by its time limit', async () => {
    const stopped = await run({ task: 'take long', timeout: 15 });
    expect(stopped).toMatchObject({ status: 'failed', error_code: 'timeout' });
    const next = await run({ task: 'then be short', session_id: stopped.session_id });
    expect(next).toMatchObject({ status: 'succeeded', output: 'Heard: then be short' });
    expect(world.model.turns('take long').at(-1)?.conversation?.latest).toBe('then be short');
  });

  test('is refused while that one runs', async () => {
    const { id } = await submit(url(), { task: 'take long' });
    const running = await jobUntil(
      url,
      id,
      ({ session_id, stage }) => session_id !== null && stage === 'running_agent',
    );
    const { status, body } = await call(url(), '/jobs', { json: { task: 'x', session_id: running.session_id } });
    expect({ status, body }).toMatchObject({ status: 404, body: { code: 'session_not_found', field: 'session_id' } });
    await call(url(), `/jobs/${id}`, { method: 'DELETE' });
    await jobEnded(url, id);
  });
});

describe('what stays of a job', () => {
  test('is its transcript and the diff of what it delivered', async () => {
    const job = await run({ task: 'fix it', repo_url: world.repo, model: 'haiku', priority: 1 });
    expect(job).toMatchObject({ model: 'haiku', priority: 1, diff: { files: 1, insertions: 1, deletions: 0 } });
    expect(world.model.turns('fix it').at(-1)?.body?.model).toMatch(/haiku/);
    const read = async (what: string): Promise<{ type: string | null; cut: string | null; text: string }> => {
      const response = await fetch(`${url()}/jobs/${job.id}/${what}`);
      const { headers } = response;
      const cut = headers.get('x-agenticore-diff-cut');
      return { type: headers.get('content-type'), cut, text: await response.text() };
    };
    const transcript = await read('transcript');
    expect(transcript.type).toMatch(/^application\/jsonl/);
    const kept = join(world.dir, 'data', 'transcripts', job.id, `${job.session_id ?? ''}.jsonl`);
    expect(transcript.text).toBe(await readFile(kept, 'utf8'));
    const diff = await read('diff');
    expect(diff.cut).toBeNull();
    expect(diff.type).toMatch(/^text\/x-diff/);
    expect(diff.text).toMatch(/^diff --git a\/fix\.txt b\/fix\.txt\n[^]*\n\+fixed\n$/);
  });

  test('is the first MiB of a diff that is longer, which says so', async () => {
    const job = await run({ task: 'write much', repo_url: world.repo });
    expect(job).toMatchObject({ status: 'succeeded', diff: { files: 1, insertions: 300_000, deletions: 0 } });
    const response = await fetch(`${url()}/jobs/${job.id}/diff`);
    expect(response.headers.get('x-agenticore-diff-cut')).toBe('true');
    const text = await response.text();
    expect(Buffer.byteLength(text)).toBe(1024 * 1024);
    expect(text).toMatch(/^diff --git a\/much\.txt b\/much\.txt\n[^]*\n\+123456789\n/);
  });
});

describe('of several hosts with a data directory each', () => {
  test('the one that has the session takes the job that goes on with it', async () => {
    const other = join(world.dir, 'other');
    await world.start('worker', {
      env: { AGENTICORE_DATA_DIR: other, AGENTICORE_REPOS_ROOT: join(other, 'repos') },
    });
    const disk = (await readFile(join(other, 'disk-id'), 'utf8')).trim();
    let first = await run({ task: 'remember the fox' });
    while (first.disk !== disk) first = await run({ task: 'remember the fox' });
    const forks = await Promise.all(
      ['one?', 'two?', 'three?'].map((task) => run({ task, session_id: first.session_id })),
    );
    expect(forks.map(({ status, disk }) => ({ status, disk }))).toEqual(
      forks.map(() => ({ status: 'succeeded', disk })),
    );
    const { status, body } = await call(url(), `/jobs/${first.id}/transcript`);
    expect({ status, body }).toMatchObject({ status: 409, body: { success: false, code: 'transcript_on_other_host' } });
  });
});
