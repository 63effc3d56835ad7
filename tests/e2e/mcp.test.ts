import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { startClaude, type ClaudeClient } from '../support/claude-client.ts';
import { gate } from '../support/model-server.ts';
import { call, jobEnded, submit } from '../support/product.ts';
import { isLive } from '../support/strays.ts';
import { recordingProxy } from '../support/recording-proxy.ts';
import { until } from '../support/until.ts';
import { createWorld, fixing, type World } from '../support/world.ts';
import { CLI } from '../support/command.ts';

/** How a client reaches the product. */
interface Way {
  /** Its entry in the client's configuration. */
  server: object;
  /** Address of the API, once there is one. */
  url: () => Promise<string>;
  /** Everything that the client got from it. */
  wire: () => Promise<string>;
  end: () => Promise<void>;
}

const WAYS = {
  HTTP: async (world: World): Promise<Way> => {
    const { url } = await world.start('serve');
    const proxy = await recordingProxy(url);
    const server = { type: 'http', url: `${proxy.url}/mcp` };
    return { server, url: () => Promise.resolve(url), wire: () => Promise.resolve(proxy.heard()), end: proxy.close };
  },
  'stdio, with no server running': ({ dir, env }: World): Promise<Way> => {
    const wire = join(dir, 'wire');
    const read = async (): Promise<{ url: string; pid: number }> =>
      JSON.parse(await readFile(join(dir, 'data', 'server.json'), 'utf8')) as { url: string; pid: number };
    return Promise.resolve({
      server: { command: 'sh', args: ['-c', `'${process.execPath}' '${CLI}' mcp | tee '${wire}'`], env },
      url: async () => (await read()).url,
      wire: () => readFile(wire, 'utf8'),
      end: async () => {
        const { pid } = await read();
        process.kill(pid, 'SIGTERM');
        await until(() => !isLive(pid));
      },
    });
  },
};

describe.each(Object.entries(WAYS))('Claude Code as a client, over %s', (_name, open) => {
  let world: World;
  let way: Way;
  let client: ClaudeClient | undefined;
  let held = gate();
  let args: object;

  beforeEach(async () => {
    held = gate();
    world = await createWorld({
      script: async (conversation) => {
        if (!conversation.task.includes('delegate')) {
          await held.opened;
          return fixing()(conversation);
        }
        const result = conversation.calls[0]?.result;
        if (result === undefined) return { tool: 'mcp__agenticore__run_task', input: args };
        return { text: `It said: ${result.content}` };
      },
    });
    args = { task: 'fix it', repo_url: world.repo, wait: true };
    way = await open(world);
  });
  afterEach(async () => {
    await client?.kill();
    await way.end().finally(() => world.end());
  });

  const agentAtWork = (): Promise<unknown> =>
    world.model.waitFor(({ conversation }) => conversation?.task.includes('fix it') === true);

  /** The only job there is. */
  const job = (): Promise<JobRecord> =>
    until(async () => (await call<{ jobs: JobRecord[] }>(await way.url(), '/jobs')).body.jobs[0]);

  async function ended(): Promise<JobRecord> {
    const url = await way.url();
    return jobEnded(() => url, (await job()).id);
  }

  test('run_task with wait tells how the job goes, and what became of it', async () => {
    held.open();
    client = await startClaude(world, 'delegate this', way.server);
    const said = await client.said;
    expect(said.find(({ subtype }) => subtype === 'init')?.mcp_servers).toEqual([
      expect.objectContaining({ name: 'agenticore', status: 'connected' }),
    ]);
    const { id, branch } = await job();
    const answer = said.at(-1)?.result ?? '';
    expect(answer).toContain(`"branch":"${branch ?? ''}"`);
    expect(answer).toContain('"status":"succeeded"');
    expect(await world.commits(`agenticore-${id.slice(0, 8)}`)).toEqual(['fix it']);
    const told = [...(await way.wire()).matchAll(/"message":"((?:[^"\\]|\\.)*)"/g)].map(([, message]) => message);
    expect(told).toEqual(
      expect.arrayContaining(['running the agent', expect.stringMatching(/^Bash .*fix\.txt/), 'delivering the branch']),
    );
  });

  test('that is killed while it waits leaves the job to go on', async () => {
    client = await startClaude(world, 'delegate this', way.server);
    await agentAtWork();
    await client.kill();
    held.open();
    expect(await ended()).toMatchObject({ status: 'succeeded', branch: expect.any(String), attempt: 1 });
  });

  test('that is killed while it waits takes the job with it where it asked for that', async () => {
    args = { ...args, cancel_job_on_disconnect: true };
    client = await startClaude(world, 'delegate this', way.server);
    await agentAtWork();
    await client.kill();
    expect(await ended()).toMatchObject({ status: 'cancelled', branch: null });
  });
});

describe('serve --until-idle', () => {
  test('ends by itself when nothing is asked of it and the last job has ended', async () => {
    const world = await createWorld();
    try {
      const { url, child } = await world.start('serve', { args: ['--until-idle', '1'] });
      const exited = once(child, 'exit');
      const { id } = await submit(url, { task: 'fix it', repo_url: world.repo });
      expect(await exited).toEqual([0, null]);
      expect(await world.commits(`agenticore-${id.slice(0, 8)}`)).toEqual(['fix it']);
    } finally {
      await world.end();
    }
  });
});
