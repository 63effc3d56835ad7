import type { Base } from '../contract/workflow/job-spec.ts';
import { git, type GitOptions } from './git.ts';
import type { ObjectFormat } from './remote-head.ts';

/** The tree without files. */
export const EMPTY_TREE: Readonly<Record<ObjectFormat, string>> = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
};

/** The commit that `makeInitialCommit` makes. */
const INITIAL_COMMIT: Readonly<Record<ObjectFormat, string>> = {
  sha1: '8c9fda2f53bd720f7a40ebd61c15fa57f081af30',
  sha256: 'ecf3ec9191af09f1a51d5bc54cb7dfb7aa7c5e25f0533f7ae931bc7fb7e82d74',
};

// Every host, today and tomorrow, makes the same commit of it: jobs that begin on one empty repository agree.
const PERSON = 'agenticore <agenticore@localhost> 1577836800 +0000';

/** Makes `branch` of the bare repository `dir` a commit without files and parents, on which work can begin. */
export async function makeInitialCommit(
  dir: string,
  branch: string,
  format: ObjectFormat,
  local: Omit<GitOptions, 'action'>,
): Promise<void> {
  const options = { action: 'make the initial commit', ...local };
  const write = ['--git-dir', dir, 'hash-object', '-w', '--stdin', '-t'];
  await git([...write, 'tree'], options);
  const text = `tree ${EMPTY_TREE[format]}\nauthor ${PERSON}\ncommitter ${PERSON}\n\nInitial commit\n`;
  const sha = await git([...write, 'commit'], { ...options, input: text });
  await git(['--git-dir', dir, 'update-ref', `refs/heads/${branch}`, sha.trim()], options);
}

/** Whether the work began on an empty repository. */
export const isInitialCommit = ({ sha }: Base): boolean => Object.values(INITIAL_COMMIT).some((each) => each === sha);
