import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { plainGit } from '../support/sample-repo.ts';
import { createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import { acceptPushes } from '../support/git-server.ts';
import type { Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { CLI } from '../support/command.ts';

const KEY = 'the-key-of-ann';

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe('with a server that has keys and a repository on GitHub', () => {
  let world: ForgeWorld;
  let product: Product;

  /** `agenticore` as its user types it, with this key. */
  const agenticore = (key: string | undefined, ...args: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const { PATH = '' } = process.env;
      const env = { PATH, HOME: world.dir, AGENTICORE_URL: product.url, ...(key && { AGENTICORE_API_KEY: key }) };
      const child = execFile(process.execPath, [CLI, ...args], { env }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  const run = (key: string | undefined): Promise<Ran> => agenticore(key, 'run', 'fix it', '--repo', world.url());

  /** Branches besides main with their commits, and the branches that pull requests are for. */
  async function onForge(): Promise<{ commits: Record<string, string[]>; pulls: string[] }> {
    const listed = await plainGit(world.dirOf(), 'branch', '--format=%(refname:short)');
    const branches = listed.split('\n').filter((branch) => branch !== 'main');
    const commits = await Promise.all(branches.map(async (branch) => [branch, await world.log(branch)] as const));
    return { commits: Object.fromEntries(commits), pulls: world.forge.state.pulls.map(({ branch }) => branch) };
  }

  beforeAll(async () => {
    world = await createForgeWorld('github', { env: { AGENTICORE_API_KEYS: `ann=${KEY}` } });
    product = await world.start('serve');
  });
  afterAll(() => world.end());

  test('run with a key prints the link of the one pull request, and exits 0', async () => {
    const { code, stdout, stderr } = await run(KEY);
    const [, branch = ''] = /^ {2}branch +(\S+)$/m.exec(stdout) ?? [];
    expect(await onForge()).toEqual({ commits: { [branch]: ['fix it'] }, pulls: [branch] });
    expect(stdout).toMatch(new RegExp(`\n\npull request {2}${world.forge.origin}/acme/app/pull/1\n$`));
    expect([code, stderr]).toEqual([0, '']);
    expect(world.forge.unexpected).toEqual([]);
  });

  test.each([
    ['without a key', undefined],
    ['with a wrong key', 'the-key-of-bob'],
  ])('run %s exits 2, says what to set, and starts nothing', async (_, key) => {
    const asked = world.model.requests.length;
    const { code, stdout, stderr } = await run(key);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: .*key.*\n.*AGENTICORE_API_KEY/i);
    expect(world.model.requests).toHaveLength(asked);
    const jobs = await until(async () => {
      const listed = JSON.parse((await agenticore(KEY, 'jobs', '--json')).stdout) as { jobs: { status: string }[] };
      return listed.jobs.every(({ status }) => status === 'succeeded') && listed.jobs;
    });
    expect(jobs).toHaveLength(1);
  });

  test('a run whose push is refused says what is kept, and its retry prints the link without asking the model again', async () => {
    const before = await onForge();
    await acceptPushes(world.dirOf(), '*');
    const failed = await run(KEY);
    const [, retry = '', id = ''] =
      /\n +kept +commit \w{8} in \S+\n +retry +agenticore ((?:retry) (\S+))\n$/.exec(failed.stdout) ?? [];
    expect([failed.code, retry]).toEqual([1, `retry ${id}`]);
    expect(failed.stdout).toContain('(push_rejected)');
    expect(await onForge()).toEqual(before);

    await rm(join(world.dirOf(), 'hooks', 'pre-receive'));
    const asked = world.model.requests.length;
    const { code, stdout } = await agenticore(KEY, ...retry.split(' '));
    const branch = `agenticore-${id.slice(0, 8)}`;
    expect(stdout).toContain(`retries job ${id} from its delivery\n`);
    expect(stdout).toMatch(
      new RegExp(`\n\npull request {2}${world.forge.origin}/acme/app/pull/${before.pulls.length + 1}\n$`),
    );
    const after = { commits: { ...before.commits, [branch]: ['fix it'] }, pulls: [...before.pulls, branch] };
    expect(await onForge()).toEqual(after);
    expect(code).toBe(0);
    expect(world.model.requests).toHaveLength(asked);
  });
});
