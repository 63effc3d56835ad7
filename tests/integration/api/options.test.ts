import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { JobRecord } from '../../../contract/http/job-record.ts';
import { SEARCH_ATTRIBUTE_TYPE, SEARCH_ATTRIBUTES } from '../../../contract/workflow/search-attributes.ts';
import { startApiWorld, type Api } from '../../support/api.ts';

const folder = mkdtempSync(join(tmpdir(), 'agenticore-mcp-'));
const files = join(folder, 'files');
const servers = JSON.stringify({ mcpServers: { clock: { command: 'clock' } } });
mkdirSync(join(files, 'folder'), { recursive: true });
writeFileSync(join(files, 'good.json'), servers);
writeFileSync(join(files, 'list.json'), '[]');
writeFileSync(join(files, 'broken.json'), '{');
writeFileSync(join(files, 'large.json'), servers.padEnd(64 * 1024 + 1));
writeFileSync(join(folder, 'files-secret.json'), servers);
symlinkSync(join(folder, 'files-secret.json'), join(files, 'link.json'));

let api: Api;
beforeAll(async () => {
  api = await startApiWorld({ AGENTICORE_MCP_FILES_DIR: files });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});
const task = 'count to ten';

describe('options of a job', () => {
  test('are taken, and what it asks for stands in its record and in lists', async () => {
    const options = {
      agent: 'claude',
      model: 'opus',
      timeout: 60,
      max_budget_usd: 0.5,
      priority: 2,
      file_path: 'good.json',
    };
    const job = await api.submit(options);
    const shown = { agent: 'claude', model: 'opus', priority: 2, file_path: 'good.json' };
    expect(job).toMatchObject(shown);
    await expect(api.submit()).resolves.toMatchObject({ agent: null, model: null, priority: 3, file_path: null });
    await api.countJobs();
    const { body } = await api.get('/jobs');
    expect((body.jobs as JobRecord[]).find(({ id }) => id === job.id)).toMatchObject(shown);
  });

  test.each([
    ['agent', 'nobody'],
    ['model', '--dangerous'],
    ['model', ''],
    ['timeout', 0],
    ['timeout', 1.5],
    ['timeout', 700_000],
    ['timeout', '60'],
    ['max_budget_usd', 0],
    ['max_budget_usd', -1],
    ['priority', 0],
    ['priority', 6],
    ['session_id', 'the last one'],
    ['file_path', ''],
    ['file_path', 'a\0b'],
  ])('%s = %j is refused with 400 that names the field', async (field, value) => {
    const { status, body } = await api.post({ task, [field]: value });
    expect({ status, ...body }).toMatchObject({ status: 400, code: 'invalid_request', field });
  });

  test.each([
    ['lies outside', '../files-secret.json', 'must be a file'],
    ['lies outside, by its full path', '/etc/passwd', 'must be a file'],
    ['is a link to the outside', 'link.json', 'must be a file'],
    ['does not exist', 'nothing.json', 'must be a file'],
    ['is a folder', 'folder', 'must be a file'],
    ['is larger than 64 KiB', 'large.json', 'must be a file'],
    ['is broken', 'broken.json', 'JSON object'],
    ['has no servers', 'list.json', 'JSON object'],
  ])('a file_path that %s is refused', async (_name, file_path, words) => {
    const { status, body } = await api.post({ task, file_path });
    expect({ status, ...body }).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(body.error).toMatch(new RegExp(`^file_path: .*${words}`));
  });

  test.each([{ model: 'opus' }, { timeout: 60 }, { max_budget_usd: 1 }, { priority: 1 }, { file_path: 'good.json' }])(
    '%j with an Idempotency-Key that was used without is refused with 422',
    async (option) => {
      const key = { 'idempotency-key': randomUUID() };
      await api.submit({}, key);
      const { status, body } = await api.post({ task, ...option }, key);
      expect({ status, ...body }).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
      const other = { 'idempotency-key': randomUUID() };
      const first = await api.submit(option, other);
      await expect(api.submit(option, other)).resolves.toMatchObject({ id: first.id });
    },
  );
});

describe('a session_id', () => {
  /** A job that has ended, of `owner`, as its workflow leaves it. */
  async function endedJob(owner: string): Promise<string> {
    const workflowId = randomUUID();
    const session_id = randomUUID();
    const pair = (name: string, value: string): object => ({
      key: defineSearchAttributeKey(name, SEARCH_ATTRIBUTE_TYPE),
      value,
    });
    const typedSearchAttributes = [
      pair(SEARCH_ATTRIBUTES.owner, owner),
      pair(SEARCH_ATTRIBUTES.session, session_id),
    ] as never;
    const memo = { request: { owner }, progress: { session_id, disk: 'a disk that is gone' } };
    await api.client.workflow.start('job', { workflowId, taskQueue: 'nobody', memo, typedSearchAttributes });
    await api.client.workflow.getHandle(workflowId).terminate();
    return session_id;
  }

  test('that nobody knows, and one of another owner, is refused alike with 404', async () => {
    const [unknown, foreign] = [randomUUID(), await endedJob('somebody')];
    await api.countJobs();
    for (const session_id of [unknown, foreign]) {
      const { status, body } = await api.post({ task, session_id });
      expect({ status, ...body }).toMatchObject({ status: 404, code: 'session_not_found', field: 'session_id' });
    }
  });

  test('whose transcript no running host has is refused with 409', async () => {
    const { status, body } = await api.post({ task, session_id: await endedJob('local') });
    expect({ status, ...body }).toMatchObject({ status: 409, code: 'session_unavailable', field: 'session_id' });
  });
});

describe('the list', () => {
  const ids = async (query: string): Promise<string[]> => {
    const { status, body } = await api.get(`/jobs?limit=1000&${query}`);
    expect(status).toBe(200);
    return (body.jobs as JobRecord[]).map(({ id }) => id);
  };

  test('is filtered by repository, with or without .git, by profile and by time, all together', async () => {
    const repo_url = 'https://github.com/org/filtered';
    const [plain, reviewed] = [await api.submit({ repo_url }), await api.submit({ repo_url, profile: 'review' })];
    await api.countJobs();
    const repo = `repo=${encodeURIComponent('HTTPS://GitHub.com/org/filtered.git/')}`;
    expect((await ids(repo)).sort()).toEqual([plain.id, reviewed.id].sort());
    expect(await ids(`${repo}&profile=review`)).toEqual([reviewed.id]);
    expect(await ids(`${repo}&status=queued&profile=code`)).toEqual([plain.id]);
    const since = (at: string): string => `${repo}&since=${encodeURIComponent(at)}`;
    expect(await ids(since(reviewed.created_at))).toContain(reviewed.id);
    expect(await ids(since('2999-01-01T00:00:00+02:00'))).toEqual([]);
  });

  test.each([
    'since=yesterday',
    'since=',
    'profile=..%2Fcode',
    'repo=',
    'repo=--upload-pack',
    "repo=https://github.com/org/it's'OR''='",
  ])('?%s is refused with 400', async (query) => {
    const { status, body } = await api.get(`/jobs?${query}`);
    expect({ status, ...body }).toMatchObject({ status: 400, success: false });
  });
});

test.each(['transcript', 'diff'])('a job that has not begun has no %s', async (what) => {
  const { id } = await api.submit();
  const { status, body } = await api.get(`/jobs/${id}/${what}`);
  expect({ status, ...body }).toMatchObject({ status: 404, success: false, code: `${what}_not_found` });
  const other = await api.get(`/jobs/${randomUUID()}/${what}`);
  expect({ status: other.status, ...other.body }).toMatchObject({ status: 404, code: 'job_not_found' });
});

test('the page of the API has only relative addresses, scripts of this server and every route', async () => {
  const page = await fetch(`${api.url}/docs`);
  expect(page.url).toBe(`${api.url}/docs/`);
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
  const html = await page.text();
  expect(html).not.toMatch(/<script(?! src=)|@import|url\(|https?:/);
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address);
  expect(addresses.length).toBeGreaterThan(4);
  for (const address of addresses) {
    expect(address).toMatch(/^\.\/static\//);
    await expect(fetch(new URL(address, page.url))).resolves.toMatchObject({ status: 200 });
  }
  const described = await api.get('/docs/json');
  const { body } = await api.get('/openapi.json');
  expect(described.body).toEqual({ ...body, servers: [{ url: '..', description: 'This server' }] });
});
