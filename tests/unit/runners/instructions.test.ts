import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readInstructions } from '../../../runners/claude/instructions.ts';

let root: string;
let work: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'agenticore-instructions-'));
  work = join(root, 'work');
  await mkdir(work);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), text);
  }
}

async function link(path: string, target: string): Promise<void> {
  await mkdir(dirname(join(work, path)), { recursive: true });
  await symlink(target, join(work, path));
}

/** The files of which the agent gets the text, in order. */
async function given(): Promise<string[]> {
  const { text = '' } = await readInstructions(work);
  return [...text.matchAll(/^The repository's own instructions \((.+)\):$/gm)].map(([, name = '']) => name);
}

const warnings = async (): Promise<string> => (await readInstructions(work)).warnings.join('\n');

test('a repository without instructions has none and warns of nothing', async () => {
  await write({ 'README.md': 'Read me.' });
  expect(await readInstructions(work)).toEqual({ text: undefined, warnings: [] });
});

test('every kind of file counts, outer folders first, rules in the order of their names', async () => {
  await write({
    'CLAUDE.md': 'root',
    '.claude/CLAUDE.md': 'second',
    '.claude/rules/b.md': 'b',
    '.claude/rules/a/deep.md': 'deep',
    '.claude/rules/no.txt': 'no',
    'CLAUDE.local.md': 'local',
    'sub/CLAUDE.md': 'sub',
    'sub/deeper/.claude/rules/r.md': 'rule',
    'node_modules/x/CLAUDE.md': 'of somebody else',
  });
  expect(await given()).toEqual([
    'CLAUDE.md',
    '.claude/CLAUDE.md',
    '.claude/rules/a/deep.md',
    '.claude/rules/b.md',
    'CLAUDE.local.md',
    'sub/CLAUDE.md',
    'sub/deeper/.claude/rules/r.md',
  ]);
  expect(await warnings()).toBe('');
});

test('AGENTS.md counts in a folder that has no CLAUDE.md', async () => {
  await write({ 'AGENTS.md': 'for all', 'one/AGENTS.md': 'one', 'two/AGENTS.md': 'unread', 'two/CLAUDE.md': 'two' });
  expect(await given()).toEqual(['AGENTS.md', 'one/AGENTS.md', 'two/CLAUDE.md']);
});

test('a link to a file of the repository is that file, which comes once', async () => {
  await write({ 'docs/AGENTS.md': 'the words', 'AGENTS.md': 'beside' });
  await link('CLAUDE.md', 'docs/AGENTS.md');
  const { text } = await readInstructions(work);
  expect(text?.match(/the words/g)).toHaveLength(1);
  expect(await given()).toEqual(['CLAUDE.md']);
});

test('a link that leads out of the repository is left out with a warning, on whatever way it leads out', async () => {
  await writeFile(join(root, 'secret.md'), 'secret words');
  await mkdir(join(root, 'rules'));
  await writeFile(join(root, 'rules/r.md'), 'secret words');
  await link('CLAUDE.md', '../secret.md');
  await link('one/CLAUDE.md', join(root, 'secret.md'));
  await link('two/.claude/rules', join(root, 'rules'));
  await link('three', root);
  await write({ 'AGENTS.md': 'unread', 'four/CLAUDE.md': 'See @../three/secret.md and @../../secret.md.' });
  const { text, warnings: told } = await readInstructions(work);
  expect(text).not.toContain('secret words');
  expect(told.join()).toContain('CLAUDE.md (it is outside of the repository)');
  expect(told.join()).toContain('one/CLAUDE.md (it is outside of the repository)');
  expect(told.join()).toContain('three/secret.md (it is outside of the repository)');
});

test('nothing of the git directory is read', async () => {
  await write({ 'CLAUDE.md': '@.git/config', '.git/config': 'git words' });
  await link('sub/CLAUDE.md', '../.git/config');
  expect((await readInstructions(work)).text).not.toContain('git words');
});

test('an import follows the file that imports it, with its own imports, each once', async () => {
  await write({
    'CLAUDE.md': 'See @docs/a.md and @./docs/with\\ space.md\n- @AGENTS.md#style\n@CLAUDE.md',
    'docs/a.md': 'a, and @b.md',
    'docs/b.md': 'b, and @a.md',
    'docs/with space.md': 'space',
    'AGENTS.md': 'for all',
  });
  expect(await given()).toEqual(['CLAUDE.md', 'docs/a.md', 'docs/b.md', 'docs/with space.md', 'AGENTS.md']);
});

test.each([
  ['a code span', 'Write `@x.md` or ``a ` @x.md``.'],
  ['a fenced block', '```js\n@x.md\n```\nafter'],
  ['a fenced block in tildes that holds other fences', '~~~~\n```\n~~~\n@x.md\n~~~~'],
  ['a fenced block that is never closed', '```\n@x.md'],
  ['an indented block', 'so:\n\n    @x.md\n    @x.md\n'],
  ['a word', 'mail me@x.md'],
])('what looks like an import in %s is none', async (_where, text) => {
  await write({ 'CLAUDE.md': text, 'x.md': 'imported' });
  expect(await given()).toEqual(['CLAUDE.md']);
});

test.each(['after a block\n\n```\n@none\n```\n\n@x.md', '- item\n\n    @x.md', 'a `b` c @x.md'])(
  'an import beside code counts: %j',
  async (text) => {
    await write({ 'CLAUDE.md': text, 'x.md': 'imported' });
    expect(await given()).toEqual(['CLAUDE.md', 'x.md']);
  },
);

test('imports lead five files deep, and a warning names the sixth', async () => {
  await write({ 'CLAUDE.md': '@1.md' });
  for (let n = 1; n <= 6; n++) await write({ [`${n}.md`]: `@${n + 1}.md` });
  expect(await given()).toEqual(['CLAUDE.md', '1.md', '2.md', '3.md', '4.md', '5.md']);
  expect(await warnings()).toContain('6.md (more than 5 imports lead to it)');
});

test.each(['@~/.claude/mine.md', '@/etc/hostname', '@../beside.md'])(
  'an import from outside is left out with a warning: %s',
  async (imported) => {
    await writeFile(join(root, 'beside.md'), 'beside');
    await write({ 'CLAUDE.md': `Read ${imported}` });
    expect(await given()).toEqual(['CLAUDE.md']);
    expect(await warnings()).toContain(`${imported} (it is outside of the repository)`);
  },
);

test('names and packages with an @ are no imports and no reason to warn', async () => {
  await write({ 'CLAUDE.md': 'Ask @alice, use @types/node, and @Injectable() and @src', 'src/a.ts': '' });
  expect(await given()).toEqual(['CLAUDE.md']);
  expect(await warnings()).toBe('');
});

test('a long file is cut between two characters, and too many files are left out, both with a warning', async () => {
  await write({ 'CLAUDE.md': `x${'é'.repeat(40_000)}` });
  const { text = '' } = await readInstructions(work);
  expect(text.length).toBeLessThan(33_000);
  expect(text).not.toContain('\ufffd');
  expect(await warnings()).toContain('CLAUDE.md (only its first 64 KiB are used)');
  for (let n = 0; n < 5; n++) await write({ [`f${n}/CLAUDE.md`]: 'y'.repeat(60_000) });
  expect(await given()).toEqual(['CLAUDE.md', 'f0/CLAUDE.md', 'f1/CLAUDE.md', 'f2/CLAUDE.md']);
  expect(await warnings()).toContain('f3/CLAUDE.md (all instructions together are more than 256 KiB)');
});

test('what is no text is left out with a warning', async () => {
  await write({ 'CLAUDE.md': 'a\0b' });
  await mkdir(join(work, 'sub/CLAUDE.md'), { recursive: true });
  expect(await readInstructions(work)).toMatchObject({ text: undefined });
  expect(await warnings()).toContain('CLAUDE.md (it is not a text file)');
  expect(await warnings()).toContain('sub/CLAUDE.md (it is not a text file)');
});
