import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findToolchains } from '../../../processes/toolchains.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agenticore-home-'));
});
afterEach(() => rm(home, { recursive: true }));

const folders = async (...paths: string[]): Promise<void> => {
  for (const path of paths) await mkdir(join(home, path), { recursive: true });
};

test('an empty home has no toolchains', async () => {
  expect(await findToolchains(home, {})).toEqual({ names: [], roots: [], env: {}, path: [] });
});

test('the programs of what is installed are found, and tools are told where their files are', async () => {
  await folders('.rustup', '.cargo/bin', 'go/bin', '.pyenv/shims', '.pyenv/bin', '.local/bin');
  const { names, roots, env, path } = await findToolchains(home, {});
  expect(names).toEqual(['rustup', 'cargo', 'go', 'pyenv', 'local']);
  expect(env).toEqual({ RUSTUP_HOME: join(home, '.rustup'), PYENV_ROOT: join(home, '.pyenv') });
  expect(path).toEqual(
    ['.cargo/bin', 'go/bin', '.pyenv/shims', '.pyenv/bin', '.local/bin'].map((at) => join(home, at)),
  );
  expect(roots).toContain(join(home, '.cargo/bin'));
  expect(roots).not.toContain(join(home, '.cargo'));
});

test.each([
  ['20', ['v20.1.0', 'v22.9.1', 'v22.10.0', 'v2.0.0'], 'v20.1.0'],
  ['v22.9.1\n', ['v20.1.0', 'v22.9.1', 'v22.10.0'], 'v22.9.1'],
  ['lts/*', ['v20.1.0', 'v22.9.1', 'v22.10.0'], 'v22.10.0'],
])("nvm's default comes first, else the newest version: %j", async (alias, versions, first) => {
  await folders('.nvm/alias', ...versions.map((version) => `.nvm/versions/node/${version}/bin`));
  await writeFile(join(home, '.nvm/alias/default'), alias);
  const { path, env } = await findToolchains(home, {});
  expect(path[0]).toBe(join(home, '.nvm/versions/node', first, 'bin'));
  expect(env).toEqual({ NVM_DIR: join(home, '.nvm') });
});

test("sdkman's current versions are found, and with them JAVA_HOME", async () => {
  for (const name of ['java', 'gradle']) {
    await folders(`.sdkman/candidates/${name}/21/bin`);
    await symlink('21', join(home, `.sdkman/candidates/${name}/current`));
  }
  const { path, env } = await findToolchains(home, {});
  expect(path.map((at) => dirname(dirname(at)))).toEqual(
    ['java', 'gradle'].map((name) => join(home, '.sdkman/candidates', name)),
  );
  expect(env.JAVA_HOME).toBe(join(home, '.sdkman/candidates/java/current'));
});

test('a variable of the worker says where a toolchain is', async () => {
  await folders('elsewhere/rustup');
  const { env, roots } = await findToolchains('/nowhere', { RUSTUP_HOME: join(home, 'elsewhere/rustup') });
  expect([env.RUSTUP_HOME, ...roots]).toEqual([join(home, 'elsewhere/rustup'), join(home, 'elsewhere/rustup')]);
});
