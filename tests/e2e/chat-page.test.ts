import { mkdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { packageRoot } from '../../config/index.ts';
import { bash } from '../support/model/scripts.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { needs, programFile } from '../support/needs.ts';
import { runCli } from '../support/cli.ts';
import type { Product } from '../support/product.ts';
import { createWorld, type World } from '../support/world.ts';

const inBrowser = needs('chromium');
const KEY = 'key-of-this-test';
const TABLE = '| file | lines |\n|---|---|\n| a.ts | 12 |';
const ANSWER = `Here **it** is:\n\n\`\`\`ts\nconst a = 1;\n\`\`\`\n\n${TABLE}\n\n<img src=x onerror="document.title='broken'"> [no](javascript:alert(1))`;

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
    'approvals:\n  allow: ["Bash(echo *)", "Bash(sleep *)"]\n  ask: ["Bash(touch *)"]\n',
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

const say = async (page: Page, text: string): Promise<void> => {
  await page.fill('#prompt', text);
  await page.press('#prompt', 'Enter');
};

/** The text of the last answer, when it is over. */
async function answered(page: Page): Promise<string> {
  await page.waitForSelector('.answer:last-child[aria-busy=false]', { timeout: 30_000 });
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
  120_000,
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
