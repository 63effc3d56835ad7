import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { servePackage } from '../support/chat.ts';
import { bash } from '../support/model/scripts.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { gate } from '../support/model-server.ts';
import { programFile } from '../support/needs.ts';
import { startOpenWebUi, type OpenWebUi } from '../support/open-webui.ts';
import type { Product } from '../support/product.ts';
import { goneWith, seenWith } from '../support/strays.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const KEY = 'key-of-this-test';
const CODE = 'if ready:\n    go()';
/** What docs/clients says. */
const HEADERS = {
  'x-openwebui-chat-id': '{{CHAT_ID}}',
  'x-openwebui-user-id': '{{USER_ID}}',
  'x-agenticore-task': '{{TASK}}',
  'x-agenticore-tool-display': 'openwebui',
};
/** Answers each of its tasks: it takes what it has asked for. */
const SIDE = { title: 'A look at the folder', tags: ['files'], follow_ups: ['What else is there?'] };

/** Tells the command that is to be stopped from all others. */
const stray = String(210_000_000 + process.pid);
const held = gate();
let world: World;
let product: Product;
let webui: OpenWebUi;
let browser: Browser;
let page: Page;

const script: Script = ({ latest, calls }) => {
  const done = calls.filter(({ result }) => result !== undefined).length;
  if (latest.includes('look')) {
    if (done === 0) return [{ thinking: 'I think of it.' }, ...bash('echo seen-by-the-tool', 'I look.')];
    return [{ text: 'Here it is:' }, { hold: held.opened }, { text: `\`\`\`py\n${CODE}\n\`\`\`\n\nThat is all.` }];
  }
  if (latest.includes('wait')) return bash(`tail -f /dev/null ${stray}`, 'I wait.');
  return { text: `You said: ${latest}` };
};

beforeAll(async () => {
  world = await createWorld({ script, beside: () => ({ text: JSON.stringify(SIDE) }) });
  const env = { ...(await servePackage(world, 'reader')), AGENTICORE_API_KEYS: `me=${KEY}` };
  product = await world.start('serve', { env });
  const program = process.env.AGENTICORE_OPEN_WEBUI ?? '';
  webui = await startOpenWebUi(program, world, { url: product.url, key: KEY, headers: HEADERS });
  browser = await chromium.launch({
    executablePath: programFile('chromium') ?? '',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  page = await (await browser.newContext({ viewport: { width: 1200, height: 800 } })).newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(webui.url);
  await page.click("text=Okay, Let's Go!");
}, 300_000);
afterEach(() => shoot('last'));
afterAll(async () => {
  await browser?.close();
  await webui?.stop();
  await world?.end();
});

async function say(text: string): Promise<void> {
  await page.click('#chat-input');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** What the last answer says when it has this in it. */
async function answered(text: string): Promise<string> {
  const last = page.locator('.chat-assistant').last();
  await last.locator(`text=${text}`).first().waitFor();
  return last.innerText();
}

/** Resolves when the answer, and what is asked for beside it, is over. */
const quiet = (): Promise<void> => page.locator('button[aria-label=Stop]').first().waitFor({ state: 'hidden' });

const turnsWith = (text: string): NonNullable<World['model']['requests'][number]['conversation']>[] =>
  world.model.requests.flatMap(({ conversation }) => (conversation?.latest.includes(text) ? [conversation] : []));

/** Pictures for the docs, where they are asked for. */
async function shoot(name: string): Promise<void> {
  const folder = process.env.AGENTICORE_SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

test('an answer is streamed, with its code as it is, a thinking panel and a line for the tool', async () => {
  await say('Please look at it.');
  await answered('Here it is:');
  await shoot('open-webui-streaming');
  held.open();
  const text = await answered('That is all.');
  expect(text.match(/Here it is:/g)).toHaveLength(1);
  expect(text.match(/I look\./g)).toHaveLength(1);
  expect(await page.locator('.chat-assistant .cm-content').last().innerText()).toBe(CODE);
  await page.locator('.chat-assistant >> text=/Thought for/').first().click();
  await answered('I think of it.');
  await shoot('open-webui');
});

test('title, tags and questions come without a turn of an agent with tools', async () => {
  await page.locator(`text=${SIDE.title}`).first().waitFor();
  await page.locator(`text=${SIDE.follow_ups[0]}`).first().waitFor();
  const asked = () => world.model.requests.filter(({ body }) => JSON.stringify(body).includes('### Task:'));
  // The tags come last.
  await until(() => asked().length === 3);
  expect(asked().map(({ conversation }) => conversation)).toEqual([null, null, null]);
  expect(turnsWith('look')).toHaveLength(2);
  await shoot('open-webui');
});

test('the next message of the chat goes to the same session', async () => {
  await say('And now?');
  await answered('You said: And now?');
  expect(turnsWith('And now?')).toMatchObject([{ session: turnsWith('look')[0]?.session }]);
});

test('an edited message is answered without what followed it, a regenerated answer without itself', async () => {
  await quiet();
  await page.locator('.chat-user').last().hover();
  await page.locator('.edit-user-message-button').last().click();
  await page.locator('[id^=message-edit-]').fill('Or then?');
  await page.locator('#confirm-edit-message-button').click();
  await answered('You said: Or then?');
  const told = (text: string): string =>
    JSON.stringify(world.model.requests.findLast(({ conversation }) => conversation?.latest.includes(text))?.body);
  expect(told('Or then?')).toContain('Please look at it.');
  expect(told('Or then?')).not.toContain('And now?');
  await quiet();
  await page.locator('.regenerate-response-button').last().dispatchEvent('click');
  await until(() => turnsWith('Or then?').length === 2);
  await answered('You said: Or then?');
  expect(told('Or then?')).not.toContain('You said: Or then?');
});

test("Stop ends the agent: nothing of its CLI's tree is left", async () => {
  await quiet();
  await say('Please wait.');
  await seenWith(stray);
  await page.locator('button[aria-label=Stop]').first().click();
  await goneWith(stray);
  await say('Are you there?');
  await answered('You said: Are you there?');
});
