import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixingAgent } from './model/scripts.ts';
import type { Reply } from './model/reply.ts';
import { createBareRepo, plainGit, type Files } from './sample-repo.ts';
import { startScriptedModel, type Script, type ScriptedModel } from './model/scripted-model.ts';
import { createPlace, removePlace, type Place } from './place.ts';
import { startProduct, type Product } from './product.ts';
import { recordHistories } from './record-histories.ts';
import { environmentOf, takeNamespace, withClient, type Namespace } from './temporal.ts';
import { readEngineFile } from '../../temporal-config/dev-server/engine-file.ts';

/** A model, a repository and a place for the product: everything a job needs, on loopback and in one folder. */
export interface World extends Place {
  model: ScriptedModel;
  /** Path of a bare repository with one commit on main. */
  repo: string;
  /** Where its jobs are in Temporal. */
  temporal(): Namespace;
  /** Starts a process of the product in this world; it is ended with the world. */
  start(verb: 'serve' | 'worker', options?: { args?: string[]; env?: Record<string, string> }): Promise<Product>;
  /** Commits of a branch that main does not have, newest first; null when there is no such branch. */
  commits(branch: string): Promise<string[] | null>;
  branches(): Promise<string[]>;
  end(): Promise<void>;
}

interface WorldOptions {
  script?: Script;
  /** What the model says where it is asked without tools. */
  beside?: (body: object) => Reply;
  env?: Record<string, string>;
  files?: Files;
  /** The product has an embedded Temporal, instead of a namespace of the server that the tests share. */
  embedded?: boolean;
}

/** Makes a world whose agents do what `script` says: by default they write fix.txt and commit it. */
export async function createWorld({
  script = fixing(),
  beside,
  env = {},
  files,
  embedded = false,
}: WorldOptions = {}): Promise<World> {
  const model = await startScriptedModel(script, 0, beside);
  const shared = embedded ? undefined : takeNamespace();
  const place = await createPlace({
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'sk-ant-of-this-test',
    ...(shared && environmentOf(shared)),
    ...env,
  });
  const repo = join(place.dir, 'origin.git');
  await createBareRepo(repo, files === undefined ? {} : { files });
  const started: Product[] = [];
  return {
    ...place,
    model,
    repo,
    temporal: () => shared ?? embeddedIn(place),
    start(verb, { args = [], env: more = {} } = {}) {
      return startProduct(verb, { ...place.env, ...more }, args, (product) => started.push(product));
    },
    branches: async () => (await plainGit(repo, 'branch', '--format=%(refname:short)')).split('\n'),
    async commits(branch) {
      if ((await plainGit(repo, 'branch', '--list', branch)) === '') return null;
      const subjects = await plainGit(repo, 'log', '--format=%s', `main..${branch}`);
      return subjects === '' ? [] : subjects.split('\n');
    },
    async end() {
      if (shared) await withClient(shared, recordHistories);
      await Promise.all(started.map((product) => product.kill()));
      await model.close();
      await removePlace(place);
    },
  };
}

/** The namespace of the Temporal that the product has started in the place. */
function embeddedIn({ dir }: Place): Namespace {
  const { port = 0 } = readEngineFile(join(dir, 'data')) ?? {};
  return { address: `127.0.0.1:${port}`, namespace: 'default' };
}

/** An agent that writes fix.txt, commits it, and says so. */
export const fixing = (): Script =>
  fixingAgent({ edits: { 'fix.txt': 'fixed' }, commands: ['git add -A && git commit -q -m "fix it"'] });

/** Worktrees and private files of a job that are still there. */
export const remains = ({ dir }: Place, id: string): string[] =>
  [join(dir, 'data', 'worktrees', id), join(dir, 'data', 'jobs', id)].filter((path) => existsSync(path));

/** Adds a profile of the user's own. */
export async function writeProfile({ dir }: Place, name: string, yaml: string): Promise<void> {
  const profiles = join(dir, 'data', 'profiles');
  await mkdir(profiles, { recursive: true });
  await writeFile(join(profiles, `${name}.yml`), yaml);
}
