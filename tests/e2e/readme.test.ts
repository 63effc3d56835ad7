import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { packageRoot } from '../../config/index.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { demoModel, PROJECT, TASK } from '../../scripts/demo-project.ts';
import { createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import { freePort } from '../support/free-port.ts';
import { call, readUntil } from '../support/product.ts';
import { blocksOf } from '../support/doc-blocks.ts';
import { openTerminal, type Terminal } from '../support/terminal.ts';

/** Blocks that are not run here, by their first line, and the test that runs them instead. */
const ELSEWHERE = {
  'npm run demo': 'tests/e2e/demo.test.ts',
  'session=$(npx agenticore session create --repo https://github.com/org/repo)': 'tests/e2e/sessions-docs.test.ts',
};

const blocks = blocksOf('README.md');
const shell = blocks.filter(({ language }) => ['bash', 'sh', 'shell', 'console', 'zsh'].includes(language));
const run = shell.filter(({ notRun }) => notRun === undefined).map(({ text }) => [text.split('\n')[0], text] as const);

let world: ForgeWorld;
let first: Terminal;
let second: Terminal;
/** Address of the server, without its scheme. */
let server = '';
/** What the blocks printed, by their first lines. */
const printed = new Map<string, string>();
/** Whether the model keeps its agents waiting: until when a job is there to be cancelled. */
let holding = false;

beforeAll(async () => {
  world = await createForgeWorld('github', { files: PROJECT, script });
  server = `127.0.0.1:${await freePort()}`;
  const clone = await cloneLike(join(world.dir, 'agenticore'));
  const env = await environment(join(world.dir, 'home'));
  [first, second] = ['first', 'second'].map((name) => openTerminal(clone, env, join(world.dir, name))) as [
    Terminal,
    Terminal,
  ];
});
afterAll(async () => {
  for (const terminal of [first, second]) await terminal.stop();
  await world.end();
});

const script: typeof demoModel = async (conversation) => {
  if (holding) await new Promise(() => undefined);
  return demoModel({ ...conversation, task: TASK });
};

/** What of the README cannot be real here, and what stands for it. The model is told by the environment. */
const standIns = (): Record<string, string> => ({
  'https://github.com/org/repo': world.url(),
  'ghp_...': 'user-token',
  '127.0.0.1:8200': server,
});

/**
 * The environment of a person who has just made the clone, in an empty home directory; and, below, what is not real.
 */
async function environment(home: string): Promise<Record<string, string>> {
  await mkdir(home);
  const { PATH = '', XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
  return {
    PATH: `${PATH}:${join(packageRoot, 'node_modules', '.bin')}`,
    HOME: home,
    LANG: 'C.UTF-8',
    // What the first start on a machine downloads or builds.
    XDG_CACHE_HOME,
    npm_config_update_notifier: 'false',
    // A sandbox hides temporary folders, and with them the link to what is installed.
    AGENTICORE_CLAUDE_BINARY: join(packageRoot, 'node_modules', '.bin', 'claude'),
    AGENTICORE_PORT: server.split(':')[1] ?? '',
    ANTHROPIC_BASE_URL: world.model.url,
    GITHUB_API_URL: `${world.forge.origin}/api/v3`,
    AGENTICORE_ALLOWED_REPO_HOSTS: world.forge.host,
  };
}

/** A copy of the sources, as a clone has them, that is set up already: `npm run setup` finds all there. */
async function cloneLike(folder: string): Promise<string> {
  const made = ['node_modules', 'dist'];
  const left = [...made, '.git', 'coverage'];
  await cp(packageRoot, folder, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  for (const name of made) await symlink(join(packageRoot, name), join(folder, name));
  return folder;
}

test('every block of commands in the README is run, here or by the test that it names', () => {
  const elsewhere = shell.filter(({ notRun }) => notRun !== undefined);
  expect(elsewhere.map(({ text }) => /^[^#\n]*?(?=\s*[#\n])/.exec(text)?.[0])).toEqual(Object.keys(ELSEWHERE));
  for (const [i, file] of Object.values(ELSEWHERE).entries()) {
    expect(elsewhere[i]?.notRun).toContain(file);
    expect([file, existsSync(join(packageRoot, file))]).toEqual([file, true]);
  }
  const others = blocks.filter((block) => !shell.includes(block)).map(({ language }) => language);
  expect(others).toEqual(['text']);
});

test.each(run)('a new user types: %s', async (title, text) => {
  const block = Object.entries(standIns()).reduce((all, [real, ours]) => all.replaceAll(real, ours), text);
  holding = block.includes('agenticore cancel');
  const goesOn = /agenticore serve\b/.test(block);
  const said = await (goesOn ? first.start(block, /API +http/) : second.run(block));
  printed.set(title ?? '', said);
});

test('the run shows what the README shows, and ends with the link of the pull request', () => {
  const shown = blocks.find(({ language }) => language === 'text')?.text ?? '';
  const said = printed.get([...printed.keys()].find((title) => title.includes('agenticore run')) ?? '') ?? '';
  const [head = [], tail = []] = shown.split('\n…\n').map(plain);
  expect(plain(said).slice(0, head.length)).toEqual(head);
  expect(plain(said).slice(-tail.length)).toEqual(tail);
  expect([head.length, tail.length].every((lines) => lines > 1)).toBe(true);
  expect(said).toContain(`pull request  ${world.forge.origin}/acme/app/pull/1\n`);
});

test('serve in an empty home directory has its profiles, and makes two folders there', async () => {
  const { body } = await call<{ profiles: { name: string }[] }>(`http://${server}`, '/profiles');
  expect(body.profiles.map(({ name }) => name).sort()).toEqual(['code', 'review']);
  const others = ['.npm', '.claude', '.claude.json'];
  const made = (await readdir(join(world.dir, 'home'))).filter((name) => !others.includes(name));
  expect(made.sort()).toEqual(['.agenticore', 'agenticore-repos']);
});

test('each job that was delivered has one pull request', async () => {
  const none = ({ jobs }: { jobs: JobRecord[] }): boolean => jobs.length === 0;
  await readUntil(`http://${server}`, '/jobs?status=running', none);
  const { body } = await call<{ jobs: JobRecord[] }>(`http://${server}`, '/jobs?status=succeeded');
  const delivered = body.jobs.flatMap(({ branch }) => branch ?? []);
  const { pulls } = world.forge.state;
  expect(delivered.length).toBeGreaterThan(0);
  expect(pulls.map(({ branch }) => branch).sort()).toEqual(delivered.sort());
  expect(world.forge.unexpected).toEqual([]);
});

test('Claude Code reaches the server over MCP', () => {
  expect(printed.get([...printed.keys()].find((title) => title.startsWith('claude mcp')) ?? '')).toMatch(/Connected/);
});

/** Output without what differs from run to run: ids, commits, addresses, names of hosts, times. */
const plain = (text: string): string[] =>
  text
    .replace(/https?:\/\/[^/\s]+\/(?=namespaces)/g, '<ui>/')
    .replace(/https?:\/\/\S+(?=\/pull\/)/g, '<repo>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/agenticore-[0-9a-f]{8}/g, '<branch>')
    .replace(/\b[0-9a-f]{40}\b|\b[0-9a-f]{7}\b/g, '<sha>')
    .replace(/ on \S+$/gm, ' on <host>')
    .replace(/(\d+m )?[\d.]+ ?(ms|s)\b/g, '<time>')
    .replace(/pull\/\d+/g, 'pull/<n>')
    .trim()
    .split('\n');
