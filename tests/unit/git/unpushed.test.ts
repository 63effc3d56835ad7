import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tryLock } from '../../../processes/file-lock.ts';
import { allTips, bringMirrorUpToDate } from '../../../git/mirror.ts';
import { undeliveredWork } from '../../../git/unpushed.ts';
import { plainGit, type Files } from '../../support/sample-repo.ts';
import { asAgent, gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';
import { runScript, untilSaid } from '../../support/script.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.dispose());

describe('undelivered work', () => {
  /** A checkout, and what is undelivered in it as the remote is then. */
  async function checkout(
    files?: Files | null,
  ): Promise<{ path: string; origin: string; look: () => Promise<string | undefined> }> {
    const repo = await localRepo(world, 'origin.git', files === undefined ? {} : { files });
    const { path } = await jobCheckout(world, repo);
    const look = async (): Promise<string | undefined> => {
      const onRemote = await allTips(await bringMirrorUpToDate(world.remotes, repo));
      return undeliveredWork(asAgent(path), { path, onRemote });
    };
    return { path, origin: repo.url, look };
  }

  const commit = (path: string, subject: string): Promise<string> =>
    plainGit(path, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', subject);

  test('is nothing in a fresh checkout, of an empty repository too', async () => {
    const { path, look } = await checkout(null);
    expect(await look()).toBeUndefined();
    await writeFile(join(path, 'new.txt'), 'x');
    expect(await look()).toMatch(/not committed/);
  });

  test('are files that are not committed, also where the configuration hides them, but not what git ignores', async () => {
    const { path, look } = await checkout({ '.gitignore': 'build\n' });
    await writeFile(join(path, 'build'), 'x');
    expect(await look()).toBeUndefined();
    await plainGit(path, 'config', 'status.showUntrackedFiles', 'no');
    await writeFile(join(path, 'new.txt'), 'x');
    expect(await look()).toMatch(/not committed/);
  });

  test('are commits until the remote has them, on whatever branch or tag', async () => {
    const { path, origin, look } = await checkout();
    await commit(path, 'one');
    expect(await look()).toMatch(/not on the remote/);
    await plainGit(path, 'push', '-q', origin, 'HEAD:refs/heads/elsewhere');
    expect(await look()).toBeUndefined();
    await commit(path, 'two');
    await plainGit(path, 'push', '-q', origin, 'HEAD:refs/tags/v1');
    expect(await look()).toBeUndefined();
    await plainGit(origin, 'tag', '-d', 'v1');
    expect(await look()).toMatch(/not on the remote/);
  });

  test('may be anything where git cannot read the checkout', async () => {
    const { path, look } = await checkout();
    await writeFile(join(path, '.git', 'index'), 'nonsense');
    expect(await look()).toMatch(/cannot read/);
  });
});

test('a lock that another process holds is not taken, until that process is killed', async () => {
  const path = world.path('lock');
  const other = runScript(`
    import { tryLock } from './processes/file-lock.ts';
    if (await tryLock(${JSON.stringify(path)})) console.log('held');
    setInterval(() => undefined, 1_000);
  `);
  await untilSaid(other, 'held');
  expect(await tryLock(path)).toBeUndefined();
  other.kill('SIGKILL');
  await once(other, 'exit');
  const mine = await tryLock(path);
  expect(mine).toBeDefined();
  expect(await tryLock(path)).toBeUndefined();
  mine?.release();
  (await tryLock(path))?.release();
});
