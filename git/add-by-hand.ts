import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADD_FOLDER, ADD_WITHOUT, LIST_COMMITTED, LIST_SUBMODULES, OURS, type RunProgram } from './commit-programs.ts';
import { notCommitted } from './confined.ts';

/** How often files that cannot be added are left out, one or more at a time. */
const MAX_TRIES = 20;

/** Where Claude Code makes worktrees of its own. */
const AGENT_WORKTREES = '.claude/worktrees/';

const GITLINK = '160000';

/** Where the files are. */
interface Place {
  /** The checkout. */
  path: string;
  base: { sha: string | null };
}

/**
 * Takes the files of a checkout into our index where `git add` alone does not do, and returns warnings. Repositories
 * inside it are added as files, worktrees of the same repository not at all. Submodules are what the agent committed
 * of them. What cannot be read is left out.
 */
export async function addByHand(run: RunProgram, place: Place): Promise<string[]> {
  const { folders, submodules } = await findRepositories(run, place);
  const out = [...folders.map(({ name }) => name), ...submodules];
  const warnings = await addTolerantly((input) => run(ADD_WITHOUT, { input }), out);
  for (const { name, isWorktree } of folders) {
    if (isWorktree) warnings.push(`${name} is another worktree of the repository; its files were not delivered.`);
    else warnings.push(...(await addFolder(run, place, name)));
  }
  return warnings;
}

interface Folder {
  name: string;
  isWorktree: boolean;
}

/** The repositories inside a checkout; gitlinks that belong to none that is registered leave the index. */
async function findRepositories(
  run: RunProgram,
  { path, base }: Place,
): Promise<{ folders: Folder[]; submodules: string[] }> {
  const ours = async (args: string[], input = ''): Promise<string> =>
    (await run(OURS, { more: args, input })).stdout.replace(/\n$/, '');
  const registered = new Set(
    fields((await run(LIST_SUBMODULES)).stdout.replace(/\n$/, ''))
      .map((field) => field.slice(field.indexOf('\n') + 1))
      .map(withoutSlash)
      .filter(isWithin),
  );
  const links = gitlinks(await ours(['ls-files', '-z', '--stage']));
  const linksOfBase =
    base.sha === null ? new Map<string, string>() : gitlinks(await ours(['ls-tree', '-rz', base.sha]));
  const stray = [...links.keys()].filter((name) => !registered.has(name) && !linksOfBase.has(name));
  if (stray.length > 0) await ours(['update-index', '-z', '--force-remove', '--stdin'], list(stray));
  await resetLinks(
    run,
    links,
    [...links.keys()].filter((name) => !stray.includes(name)),
  );
  const untracked = fields(await ours(['ls-files', '-z', '--others', '--exclude-standard']));
  const nested = untracked.filter((name) => name.endsWith('/')).map(withoutSlash);
  const folders = await Promise.all(
    nested
      .filter((name) => !registered.has(name) && !name.startsWith(AGENT_WORKTREES))
      .map(async (name) => ({ name, isWorktree: await isWorktree(path, name) })),
  );
  return { folders, submodules: [...new Set([...registered, ...linksOfBase.keys()])] };
}

/** A submodule that the agent moved without a commit stays where the last commit has it. */
async function resetLinks(
  run: RunProgram,
  links: ReadonlyMap<string, string>,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const committed = gitlinks((await run(LIST_COMMITTED)).stdout);
  const moved = names.filter((name) => committed.has(name) && committed.get(name) !== links.get(name));
  const entries = moved.map((name) => `${GITLINK} ${committed.get(name) ?? ''}\t${name}`);
  if (moved.length > 0) await run(OURS, { more: ['update-index', '-z', '--index-info'], input: list(entries) });
}

/** Adds a repository as the files that it has, with those inside it. */
async function addFolder(run: RunProgram, place: Place, name: string): Promise<string[]> {
  const { stdout } = await run(ADD_FOLDER, { more: [name, 'list'] });
  const inside = fields(stdout.replace(/\n$/, ''))
    .filter((found) => found.endsWith('/'))
    .map(withoutSlash);
  const warnings = await addTolerantly((input) => run(ADD_FOLDER, { more: [name], input }), inside, `${name}/`);
  warnings.push(`${name} is a repository of its own; its files were delivered without its history.`);
  for (const inner of inside) {
    const full = `${name}/${inner}`;
    if (await isWorktree(place.path, full)) continue;
    warnings.push(...(await addFolder(run, place, full)));
  }
  return warnings;
}

/** Adds all but `out`; what git cannot add is left out, too, and told. */
async function addTolerantly(
  add: (input: string) => ReturnType<RunProgram>,
  out: readonly string[],
  prefix = '',
): Promise<string[]> {
  const unusable = new Set<string>();
  for (let tries = 0; ; tries += 1) {
    const { code, stderr } = await add(list([...out, ...unusable].map((name) => `:(exclude,literal)${name}`)));
    const fresh = unreadable(stderr).filter((name) => !unusable.has(name));
    for (const name of fresh) unusable.add(name);
    if (code !== 0 && fresh.length === 0) throw notCommitted('agent_failed', stderr);
    if (code === 0 || tries === MAX_TRIES) break;
  }
  return [...unusable].map((name) => `${prefix}${name} was not delivered: git cannot read it.`);
}

const UNREADABLE = [
  /unable to index file '(.+)'/,
  /failed to encode '(.+)' from/,
  /required in '(.+)' if encoded/,
  /prohibited in '(.+)' if encoded/,
  /could not open directory '(.+?)\/?'/,
  /open\("(.+)"\)/,
];

/** The files that git complains of. */
const unreadable = (stderr: string): string[] =>
  stderr.split('\n').flatMap((line) => {
    const name = UNREADABLE.map((pattern) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
    return name === undefined ? [] : [name];
  });

/** Whether a folder is another worktree of the checkout's own repository. */
async function isWorktree(path: string, name: string): Promise<boolean> {
  const file = join(path, name, '.git');
  if ((await lstat(file).catch(() => undefined))?.isFile() !== true) return false;
  const text = await readFile(file, 'utf8');
  return text.startsWith(`gitdir: ${join(path, '.git', 'worktrees')}/`);
}

/** Paths of gitlinks, with their commits, in the output of `ls-files --stage` or `ls-tree`. */
function gitlinks(listed: string): Map<string, string> {
  const entries = fields(listed).flatMap((entry): [string, string][] => {
    const [, sha, name] = /^160000 (?:commit )?([0-9a-f]+)(?: \d)?\t(.+)$/s.exec(entry) ?? [];
    return sha === undefined || name === undefined ? [] : [[name, sha]];
  });
  return new Map(entries);
}

const fields = (text: string): string[] => text.split('\0').filter((field) => field !== '');

const list = (all: readonly string[]): string => all.map((each) => `${each}\0`).join('');

/** What `.gitmodules` names may be outside of the checkout, where git would go no further. */
const isWithin = (name: string): boolean => !name.startsWith('/') && !name.split('/').includes('..');

const withoutSlash = (name: string): string => name.replace(/\/$/, '');
