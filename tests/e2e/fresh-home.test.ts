import { expect, test } from '@jest/globals';
import { mkdir, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { call, runJob } from '../support/product.ts';
import { createWorld, fixing } from '../support/world.ts';

test('serve in an empty home directory is ready with its profiles, and the first job succeeds', async () => {
  const world = await createWorld({ script: fixing(), embedded: true });
  try {
    const home = join(world.dir, 'home');
    await mkdir(home);
    const product = await world.start('serve', {
      env: {
        HOME: home,
        XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
        // As if they were not set.
        AGENTICORE_DATA_DIR: '',
        AGENTICORE_REPOS_ROOT: '',
      },
    });
    const { body } = await call<{ profiles: { name: string }[] }>(product.url, '/profiles');
    expect(body.profiles.map(({ name }) => name).sort()).toEqual(['code', 'review']);
    const job = await runJob(() => product.url, { task: 'fix it', repo_url: world.repo });
    expect(job).toMatchObject({ status: 'succeeded', profile: 'code', attempt: 1 });
    expect(await world.commits(job.branch ?? '')).toEqual(['fix it']);
    expect((await readdir(home)).sort()).toEqual(['.agenticore', 'agenticore-repos']);
    await product.stop();
  } finally {
    await world.end();
  }
});
