import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { programFile } from '../support/needs.ts';
import { call } from '../support/product.ts';
import { playScene, type Scene } from '../support/web-ui-scene.ts';

let scene: Scene;
let browser: Browser;
let page: Page;
let ui: string;

beforeAll(async () => {
  scene = await playScene();
  const { body } = await call<{ ui_url: string }>(scene.url, '/health');
  ui = `${body.ui_url}/namespaces/default/workflows`;
  browser = await chromium.launch({
    executablePath: programFile('chromium') ?? '',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  page = await (await browser.newContext({ viewport: { width: 1300, height: 880 } })).newPage();
  page.setDefaultTimeout(30_000);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await scene?.world.end();
});

/** Opens the page of a workflow at one of its tabs. */
async function open(id: string, tab?: string): Promise<void> {
  await page.goto(`${ui}/${id}`);
  await page.locator('h1').filter({ hasText: id }).waitFor();
  if (tab !== undefined) await page.locator('a').filter({ hasText: tab }).first().click();
}

/** Resolves when the page, or a frame of it, shows the text. */
async function shows(text: string): Promise<void> {
  const frames = [
    page.getByText(text),
    ...[0, 1, 2].map((frame) => page.frameLocator('iframe').nth(frame).getByText(text)),
  ];
  await Promise.any(frames.map((place) => place.first().waitFor()));
}

/** Pictures for the docs, where they are asked for. */
async function shoot(name: string): Promise<void> {
  const folder = process.env.AGENTICORE_SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.waitForTimeout(1_500);
  await page.screenshot({ path: join(folder, `web-ui-${name}.png`) });
}

test('a list is filtered by what agenticore knows of its workflows', async () => {
  await page.goto(`${ui}?query=${encodeURIComponent('AgenticoreStatus="failed"')}`);
  await shows(scene.failed);
  expect(await page.getByText(scene.finished).count()).toBe(0);
  const query = 'AgenticoreOwner="local" AND AgenticoreAgent="claude"';
  await page.goto(`${ui}?query=${encodeURIComponent(query)}`);
  await shows(scene.finished);
  await shoot('list');
});

test('a running job shows its steps, and what its agent does now', async () => {
  await open(scene.running);
  await shows('the agent works on');
  await shoot('running');
  await page.locator('a').filter({ hasText: 'Pending Activities' }).first().click();
  await shows('Bash: git log --oneline');
  await shoot('agent-now');
});

test('a failed job says what has failed, and what to do', async () => {
  await open(scene.failed);
  await shows('Next step: Read the output of the command');
  await shoot('failed');
  await page.locator('a').filter({ hasText: 'User Metadata' }).first().click();
  await shows('it was running verify');
  await shoot('failed-details');
});

test('a finished job shows its task, its branch, its pull request and its cost', async () => {
  await open(scene.finished, 'User Metadata');
  await shows('/acme/app/pull/');
  await shows('The total of a basket is wrong');
  await shoot('finished-details');
});

test('a session shows what waits for a decision and how to decide it, and its runs and children', async () => {
  await open(scene.session, 'User Metadata');
  await shows('agenticore session approve apr_');
  await shoot('session-details');
  await page.locator('a').filter({ hasText: 'Relationships' }).first().click();
  await shows(scene.child);
  await shows(scene.run);
  await shoot('family');
});
