import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../config/index.ts';
import { startScriptedModel } from '../support/model/scripted-model.ts';
import { killProcessesOf, processesOf, processesWith } from '../support/strays.ts';
import { until } from '../support/until.ts';

/** Everything that the demo starts and makes has this folder in its environment, or lies in it. */
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agenticore-demo-test-'));
});
afterEach(async () => {
  killProcessesOf(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Demo {
  child: ChildProcess;
  said: () => string;
  /** Resolves when the demo has said `words`. */
  hears: (words: RegExp) => Promise<RegExpExecArray>;
  /** Exit code. */
  ended: Promise<number | null>;
}

function startDemo(args: string[], env: Record<string, string> = {}): Demo {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME };
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'scripts', 'demo.js'), ...args], {
    env: { PATH, HOME, ...cache, TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const hears = async (words: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const heard = words.exec(said);
      if (heard) return heard;
      const more = await Promise.race([once(child.stdout, 'data'), ended.then(() => 'ended' as const)]);
      if (more === 'ended') throw new Error(`the demo ended without saying ${String(words)}:\n${said}`);
    }
  };
  return { child, said: () => said, hears, ended };
}

/** Live processes that were started by the demo. */
const left = (): number[] => processesOf(folder);

const isEngine = (pid: number): boolean => processesWith('start-dev').includes(pid);

async function expectNothingLeft(): Promise<void> {
  expect(left()).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
}

describe('npm run demo', () => {
  test('shows a real agent at work, its branch and diff on the remote and the record, and leaves nothing behind', async () => {
    const demo = startDemo([], { ANTHROPIC_API_KEY: 'sk-ant-of-the-person' });
    await demo.hears(/running the agent/);
    expect(left().length).toBeGreaterThan(2);
    expect(await demo.ended).toBe(0);

    const said = demo.said();
    expect(said).toMatch(/✗ Exit code 1/);
    expect(said).toMatch(/▶ Edit `total\.js`/);
    expect(said).toMatch(/✔ every item of the basket counts/);
    const [, branch] = /git diff main\.\.(agenticore-[0-9a-f]{8})\n/.exec(said) ?? [];
    expect(branch).toBeDefined();
    expect(said).toMatch(new RegExp(`^ +branch +${branch ?? ''}$`, 'm'));
    expect(said).toMatch(/^- {2}for \(let i = 1;/m);
    expect(said).toMatch(/^\+ {2}for \(const \{ price, count \} of items\)/m);
    expect(said).toMatch(/✓ succeeded after/);
    expect(said).toMatch(/web ui +http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/[0-9a-f-]{36}/);
    expect(said).not.toContain('\x1b[');
    await expectNothingLeft();
  });

  test("--verify shows the agent's first try failing the command of its profile and the second passing it", async () => {
    const demo = startDemo(['--verify']);
    expect(await demo.ended).toBe(0);

    const said = demo.said();
    const command = 'node --test --test-reporter=spec';
    expect(said).toMatch(/^ {2}verify:\n {4}- node --test/m);
    const order = [
      ...['● running setup', '● running the agent', '● running verify', '✗ failed with exit code 1', 'resumes session'],
      ...['  ✓ passed, 0.', '● delivering the branch'],
    ];
    let at = 0;
    for (const words of order) expect((at = said.indexOf(words, at))).toBeGreaterThan(0);
    expect(said).toMatch(/TypeError/);
    expect(said).toMatch(new RegExp(`^ +verify +${command}, failed with exit code 1, [\\d.]+ s$`, 'm'));
    expect(said).toMatch(new RegExp(`^ +verify \\(2\\) +${command}, passed, [\\d.]+ s$`, 'm'));
    await expectNothingLeft();
  });

  test('--keep goes on answering until Ctrl-C, and then leaves nothing behind', async () => {
    const demo = startDemo(['--keep']);
    const [, url = ''] = await demo.hears(/AGENTICORE_URL=(\S+)\n[^]*Ctrl-C ends it/);
    const [ui = ''] = /http:\S+\/namespaces\/\S+/.exec(demo.said()) ?? [];
    const jobs = (await (await fetch(`${url}/jobs`)).json()) as { count: number };
    expect(jobs.count).toBe(1);
    expect((await fetch(ui)).status).toBe(200);

    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(0);
    await expectNothingLeft();
  });

  test('Ctrl-C while the agent works ends it with 130 and leaves nothing behind', async () => {
    const demo = startDemo([]);
    await demo.hears(/▶ Bash/);
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(130);
    await expectNothingLeft();
  });

  test('Ctrl-C while the engine starts leaves nothing behind', async () => {
    const demo = startDemo([]);
    await demo.hears(/✓ model/);
    await until(() => left().some(isEngine));
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(130);
    await expectNothingLeft();
  });

  test('--live works with the credential of the person, and a job that fails makes it fail and leaves nothing behind', async () => {
    const model = await startScriptedModel(() => ({ status: 401, error: 'invalid x-api-key' }));
    try {
      const key = 'sk-ant-of-the-person';
      const demo = startDemo(['--live'], { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: model.url });
      expect(await demo.ended).toBe(1);
      expect(demo.said()).toMatch(/✗ failed while running the agent/);
      expect(demo.said()).toContain('agent_auth_failed');
      expect(demo.said()).not.toContain(key);
      expect(model.turns()[0]?.headers['x-api-key']).toBe(key);
      await expectNothingLeft();
    } finally {
      await model.close();
    }
  });

  test('--live without a credential says what to set', async () => {
    const demo = startDemo(['--live']);
    expect(await demo.ended).toBe(1);
    expect(demo.said()).toContain('set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN');
    await expectNothingLeft();
  });

  test('without a Temporal server to start it says so in a sentence, and no stack', async () => {
    const demo = startDemo([], { AGENTICORE_TEMPORAL_BINARY: join(folder, 'nothing') });
    expect(await demo.ended).toBe(1);
    expect(demo.said().trim()).toMatch(/^✗ AGENTICORE_TEMPORAL_BINARY \(.*\) is not an executable program: .+$/);
    await expectNothingLeft();
  });
});
