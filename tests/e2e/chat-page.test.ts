import { mkdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { packageRoot } from '../../config/index.ts';
import { bash } from '../support/model/scripts.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { gate } from '../support/model-server.ts';
import { needs, programFile } from '../support/needs.ts';
import { runCli } from '../support/cli.ts';
import type { Product } from '../support/product.ts';
import { goneWith, seenWith } from '../support/strays.ts';
import { createWorld, type World } from '../support/world.ts';

const inBrowser = needs('chromium');
const KEY = 'key-of-this-test';
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const TABLE = '| file | lines |\n|---|---|\n| a.ts | 12 |';
const ANSWER = `Here **it** is:\n\n\`\`\`ts\nconst a = 1;\n\`\`\`\n\n${TABLE}\n\n<img src=x onerror="document.title='broken'"> [no](javascript:alert(1))`;

/** An agent may have to be started, and again where its host was held up. */
const PATIENT = { timeout: 100_000 };

/** Tells the command that is to be stopped from all others. */
const stray = String(200_000_000 + process.pid);
/** What stops the answer to `hold` in the middle. */
const held = gate();
let world: World;
let product: Product;
let browser: Browser;
/** What the pages have complained about: a violated policy is among it. */
const complaints: string[] = [];

const script: Script = ({ latest, calls }) => {
  const results = calls.filter(({ result }) => result !== undefined);
  if (latest.includes('look')) {
    const words = [{ thinking: 'I think of it.' }, ...bash('echo seen-by-the-tool', 'I look.')];
    return results.length === 0 ? words : { text: ANSWER };
  }
  if (latest.includes('write')) {
    const [last] = results.slice(-1);
    const name = /write (\w+)/.exec(latest)?.[1] ?? 'x';
    const done = results.find(({ input }) => JSON.stringify(input).includes(`touch ${name}`));
    return done === undefined ? bash(`touch ${name}`) : { text: last?.result?.is_error ? 'I did not.' : 'I did it.' };
  }
  if (latest.includes('wait')) return bash(`tail -f /dev/null ${stray}`);
  if (latest.includes('hold')) return [{ text: 'The first half' }, { hold: held.opened }, { text: 'and the second.' }];
  return { text: `You said: ${latest}` };
};

beforeAll(async () => {
  if (programFile('chromium') === undefined) return;
  world = await createWorld({ script });
  const folder = join(world.dir, 'packages', 'reader');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'system.md'), 'You help.');
  await writeFile(
    join(folder, 'command.yml'),
    'approvals:\n  allow: ["Bash(echo *)"]\n  ask: ["Bash(touch *)", "Bash(tail *)"]\n',
  );
  const env = { AGENT_MODE: 'true', AGENT_MODE_PACKAGE_DIR: folder, AGENTICORE_API_KEYS: `me=${KEY}` };
  product = await world.start('serve', { env });
  browser = await chromium.launch({
    executablePath: programFile('chromium') ?? '',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}, 120_000);
afterAll(async () => {
  if (world === undefined) return;
  await browser.close();
  await world.end();
});

/** The page with the key of this test, in a browser that knows nothing yet. */
async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 401')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${product.url}/chat`);
  await page.fill('#key', KEY);
  await page.click('#key-form button[type=submit]');
  await page.waitForSelector('#model:enabled');
  return page;
}

/** Sends a message; the answer to it is the last one from then on. */
async function say(page: Page, text: string): Promise<void> {
  const answers = await page.locator('.answer').count();
  await page.fill('#prompt', text);
  await page.press('#prompt', 'Enter');
  await page.waitForSelector(`.answer >> nth=${answers}`, PATIENT);
}

/** The text of the last answer, when it is over. */
async function answered(page: Page): Promise<string> {
  await page.waitForSelector('.answer:last-child[aria-busy=false]', PATIENT);
  return page.innerText('.answer:last-child .parts');
}

/** Pictures for the docs, where they are asked for. */
async function shoot(page: Page, name: string): Promise<void> {
  if (process.env.AGENTICORE_SCREENSHOTS === undefined) return;
  const folder = join(packageRoot, 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

inBrowser(
  'a turn shows thinking, tool and Markdown that is no markup; the key was asked for',
  async () => {
    const page = await openPage({ viewport: { width: 1200, height: 800 } });
    await say(page, 'Please look at it.');
    expect(await answered(page)).toContain('Here it is:');
    await page.click('details.thinking summary');
    await page.click('details.tool summary');
    expect(await page.innerText('details.thinking .words')).toBe('I think of it.');
    expect(await page.innerText('details.tool')).toContain('seen-by-the-tool');
    expect(await page.innerText('.answer table')).toContain('a.ts');
    expect(await page.locator('.answer img, .answer a').count()).toBe(0);
    expect(await page.innerText('.answer .code code >> nth=-1')).toContain('const a = 1;');
    await page.click('details.thinking summary');
    await shoot(page, 'chat-light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(page, 'chat-dark');
    await page.context().close();
  },
  240_000,
);

inBrowser(
  'toggles are buttons: what is hidden does not come',
  async () => {
    const page = await openPage();
    await page.click('.toggle:has-text("Thinking")');
    await page.waitForSelector('.toggle[aria-pressed=false]:has-text("Thinking")');
    await say(page, 'Please look again.');
    await answered(page);
    expect(await page.locator('details.thinking').count()).toBe(0);
    expect(await page.locator('details.tool').count()).toBe(1);
    await page.context().close();
  },
  240_000,
);

inBrowser(
  'an approval is answered by a button, and the answer goes on',
  async () => {
    const page = await openPage();
    await say(page, 'write one');
    await page.click('.approval .allow', PATIENT);
    await page.waitForSelector('text=I did it.', PATIENT);
    await answered(page);
    await say(page, 'write two');
    await page.fill('.answer:last-child .approval input', 'not now', PATIENT);
    await page.click('.answer:last-child .approval .deny');
    await page.waitForSelector('text=I did not.', PATIENT);
    await page.context().close();
  },
  240_000,
);

inBrowser(
  "Escape stops the agent: nothing of its CLI's tree is left",
  async () => {
    const page = await openPage(PHONE);
    await say(page, 'wait now');
    await page.click('.approval .allow', PATIENT);
    await seenWith(stray);
    await page.keyboard.press('Escape');
    expect(await answered(page)).not.toContain('done');
    await goneWith(stray);
    expect(await page.innerText('.answer:last-child .actions')).toContain('Stopped.');
    await page.context().close();
  },
  240_000,
);

inBrowser(
  'a page that is loaded again in the middle goes on with the answer, once',
  async () => {
    const page = await openPage(PHONE);
    await say(page, 'hold on');
    await page.waitForSelector('text=The first', PATIENT);
    await page.reload();
    await page.waitForSelector('text=The first', PATIENT);
    held.open();
    expect(await answered(page)).toBe('The first half\n\nand the second.');
    expect(world.model.turns('hold on')).toHaveLength(1);
    await shoot(page, 'chat-phone');
    const overflow = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    expect(overflow).toBe(false);
    await page.context().close();
  },
  240_000,
);

inBrowser(
  'an earlier message is changed: what came after it is gone for the agent, too',
  async () => {
    const page = await openPage();
    for (const text of ['first', 'second']) {
      await say(page, text);
      await answered(page);
    }
    await page.hover('.question >> nth=0');
    await page.click('.question >> nth=0 >> text=Edit');
    await page.fill('#prompt', 'third');
    await page.press('#prompt', 'Enter');
    await page.waitForSelector('text=You said: third', PATIENT);
    expect(await page.locator('.question').count()).toBe(1);
    const asked = JSON.stringify(world.model.turns().at(-1)?.body?.messages);
    expect(asked).not.toContain('second');
    await page.context().close();
  },
  240_000,
);

inBrowser(
  'the audit finds the surfaces equal, and no page has violated its policy',
  async () => {
    const { code, stdout } = await runCli(product.url, ['audit', 'reader', '--json'], {
      env: { AGENTICORE_API_KEY: KEY },
    });
    expect(JSON.parse(stdout)).toMatchObject({ equal: true });
    expect(code).toBe(0);
    expect(complaints).toEqual([]);
  },
  60_000,
);
