import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApiWorld, type Answer, type Api } from '../../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld({ AGENTICORE_ALLOWED_ORIGINS: 'https://board.example' });
});
afterAll(() => api.close());

/** The answer is an error of the one shape, and no job was started. */
async function expectRefused(answer: Answer, status: number, code: string): Promise<Answer['body']> {
  const { body } = answer;
  expect({ status: answer.status, ...body }).toMatchObject({ status, success: false, code });
  expect(String(body.error)).not.toBe('');
  expect(JSON.stringify(body)).not.toMatch(/node_modules|\.ts:\d|at .*\(/);
  expect(Object.keys(body).filter((key) => !['success', 'error', 'code', 'field', 'next_step'].includes(key))).toEqual(
    [],
  );
  await expect(api.countJobs()).resolves.toBe(0);
  return body;
}

const task = 'count to ten';

describe('a body that is no request for a job', () => {
  test.each<[string, string, string]>([
    ['nothing', '', 'Body'],
    ['broken JSON', '{"task": "x"', 'JSON'],
    ['null', 'null', ''],
    ['a list', '[]', ''],
    ['a text', '"fix it"', ''],
    ['a list 100,000 deep', '['.repeat(100_000), 'JSON'],
    ['a field 10,000 lists deep', `{"task":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'task'],
    ['__proto__', '{"task":"x","__proto__":{"owner":"root"}}', ''],
    ['constructor.prototype', '{"task":"x","constructor":{"prototype":{"owner":"root"}}}', ''],
  ])('%s is refused with 400', async (_name, payload, word) => {
    const body = await expectRefused(await api.post(payload), 400, 'invalid_request');
    expect(body.error).toContain(word);
  });

  test.each<[string, object, string]>([
    ['a field that does not exist', { task, repo: 'https://github.com/a/b' }, 'repo'],
    ['no task', {}, 'task'],
    ['an empty task', { task: '' }, 'task'],
    ['a task of white space', { task: ' \n\t' }, 'task'],
    ['NUL in the task', { task: 'a\0b' }, 'task'],
    ['a task that is a number', { task: 7 }, 'task'],
    ['a repository that is null', { task, repo_url: null }, 'repo_url'],
    ['a profile that is a path', { task, profile: '../code' }, 'profile'],
    ['wait that is a text', { task, wait: 'yes' }, 'wait'],
    ['a wait of a day', { task, wait: true, wait_timeout_s: 86_400 }, 'wait_timeout_s'],
    ['a wait of no time', { task, wait: true, wait_timeout_s: 0 }, 'wait_timeout_s'],
  ])('%s is refused with 400 that names the field', async (_name, request, field) => {
    const body = await expectRefused(await api.post(request), 400, 'invalid_request');
    expect(body).toMatchObject({
      field,
      error: expect.stringMatching(new RegExp(`^(${field}: |unknown field ${field}$)`)),
    });
  });

  test.each(['../../etc', '/etc', 'a/b', '-code', 'code\0', 'x'.repeat(300), ''])(
    'the profile %j is refused with 400 that names the field',
    async (profile) => {
      const body = await expectRefused(await api.post({ task, profile }), 400, 'invalid_request');
      expect(body.field).toBe('profile');
    },
  );

  test('a profile that does not exist is refused by its name', async () => {
    const body = await expectRefused(await api.post({ task, profile: 'nobody' }), 400, 'profile_not_found');
    expect(body.error).toContain('nobody');
  });

  test('a task of 300 KB, and one of as many bytes in fewer characters, is refused with 413', async () => {
    await expectRefused(await api.post({ task: 'x'.repeat(300_000) }), 413, 'task_too_large');
    await expectRefused(await api.post({ task: '\u{1f600}'.repeat(75_000) }), 413, 'task_too_large');
  });

  test('a body of 3 MB is refused with 413', async () => {
    await expectRefused(await api.post({ task: 'x'.repeat(3_000_000) }), 413, 'payload_too_large');
  });

  test('an Idempotency-Key of 300 characters is refused', async () => {
    const answer = await api.post({ task }, { 'idempotency-key': 'k'.repeat(300) });
    await expectRefused(answer, 400, 'invalid_request');
  });
});

describe('a repository that may not be used', () => {
  test.each([
    '--upload-pack=touch /tmp/canary',
    '-oProxyCommand=x',
    'ext::sh -c touch% /tmp/canary',
    'fd::3',
    'file:///etc',
    '/etc',
    'git://github.com/a/b',
    'http://github.com/a/b',
    'ftp://github.com/a/b',
    'https:///evil/x',
    'https://user:secret@github.com/a/b',
    'https://token@github.com/a/b',
    'ssh://-oProxyCommand=x/a/b',
    'https://github.com/../../etc',
    'https://github.com/a/b\nc',
    'github.com',
    '',
    `https://github.com/${'a'.repeat(3_000)}`,
  ])('%j is refused with 400 that names the field', async (repo_url) => {
    const body = await expectRefused(await api.post({ task, repo_url }), 400, 'invalid_request');
    expect(body).toMatchObject({ field: 'repo_url', error: expect.stringMatching(/^repo_url/) });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  test.each([
    'https://127.0.0.1/a/b',
    'https://localhost/a/b',
    'https://[::1]/a/b',
    'https://[::ffff:127.0.0.1]/a/b',
    'https://0x7f000001/a/b',
    'https://2130706433/a/b',
    'https://10.1.2.3/a/b',
    'https://192.168.1.1/a/b',
    'https://169.254.169.254/latest/meta-data',
    'https://metadata.google.internal/a/b',
    'ssh://git@127.0.0.1/a/b',
    'git@10.0.0.1:a/b',
  ])('%j is refused as a blocked host', async (repo_url) => {
    const body = await expectRefused(await api.post({ task, repo_url }), 400, 'blocked_host');
    expect(body).toMatchObject({ field: 'repo_url', error: expect.stringContaining('AGENTICORE_ALLOWED_REPO_HOSTS') });
  });
});

describe('a base_ref that is none', () => {
  test.each([
    '-x',
    '--upload-pack=touch /tmp/canary',
    '--orphan=x',
    'a..b',
    'refs/heads/../x',
    'x@{1}',
    'a b',
    'a\nb',
    'a\0b',
    'x.lock',
    '.x',
    'x:y',
    '@',
    '',
    'x'.repeat(300),
  ])('%j is refused with 400', async (base_ref) => {
    const request = { task, repo_url: 'https://github.com/a/b', base_ref };
    const body = await expectRefused(await api.post(request), 400, 'invalid_request');
    expect(body.field).toBe('base_ref');
  });
});

describe('what a web page could send', () => {
  const json = { 'content-type': 'application/json' };
  test.each([
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ])('a body of type %s is refused with 415', async (type) => {
    const answer = await api.post({ task }, { 'content-type': type });
    await expectRefused(answer, 415, 'unsupported_media_type');
  });

  test.each(['http://evil.example', 'null', 'http://127.0.0.1.evil.example', 'http://127.0.0.1:1', 'file://'])(
    'the origin %s may neither submit nor read',
    async (origin) => {
      await expectRefused(await api.post({ task }, { origin }), 403, 'origin_not_allowed');
      const read = await api.send({ path: '/jobs', headers: { origin } });
      await expectRefused(read, 403, 'origin_not_allowed');
      const cancel = await api.send({ method: 'DELETE', path: '/jobs/x', headers: { origin } });
      await expectRefused(cancel, 403, 'origin_not_allowed');
      const unknown = await api.send({ path: '/nowhere', headers: { origin } });
      await expectRefused(unknown, 403, 'origin_not_allowed');
    },
  );

  test.each(['evil.example', 'evil.example:8200', '127.0.0.1.evil.example', 'a b', '10.0.0.1'])(
    'the Host %j is refused, also for reading',
    async (host) => {
      await expectRefused(await api.post({ task }, { host }), 403, 'host_not_allowed');
      const read = await api.send({ path: '/health', headers: { host } });
      await expectRefused(read, 403, 'host_not_allowed');
    },
  );

  test.each([{}, { origin: 'http://localhost:8200', host: 'localhost:8200' }, { origin: 'https://board.example' }])(
    'but %j may read',
    async (headers) => {
      const { status } = await api.send({ path: '/jobs', headers: { ...json, ...headers } });
      expect(status).toBe(200);
    },
  );
});

describe('an address that leads nowhere', () => {
  test.each<[path: string, status: number, code: string]>([
    ['/', 404, 'route_not_found'],
    ['/nowhere?x=1', 404, 'route_not_found'],
    ['/jobs/a/b/c', 404, 'route_not_found'],
    ['/jobs/..%2f..%2fx', 400, 'invalid_request'],
    ['/jobs/%2e%2e%2f%2e%2e', 400, 'invalid_request'],
    ['/jobs/%00', 400, 'invalid_request'],
    ['/jobs/1', 400, 'invalid_request'],
    ['/jobs/%zz', 400, 'invalid_request'],
    ['/jobs/1%20OR%201=1', 400, 'invalid_request'],
    [`/jobs/${'x'.repeat(10_000)}`, 414, 'uri_too_long'],
    ['/jobs/00000000-0000-4000-8000-000000000000', 404, 'job_not_found'],
    ['/jobs/00000000-0000-4000-8000-000000000000/events', 404, 'job_not_found'],
    ['/jobs?limit=abc', 400, 'invalid_request'],
    ['/jobs?limit=-1', 400, 'invalid_request'],
    ['/jobs?limit=0', 400, 'invalid_request'],
    ['/jobs?limit=1e9', 400, 'invalid_request'],
    ['/jobs?status=dead', 400, 'invalid_request'],
    ["/jobs?status=queued'%20OR%20'1'='1", 400, 'invalid_request'],
    ['/jobs?cursor=bm90aGluZw', 400, 'invalid_request'],
    ['/jobs?cursor=%00', 400, 'invalid_request'],
    ['/jobs?state=failed', 400, 'invalid_request'],
    ['/plans?state=failed', 400, 'invalid_request'],
    ['/worktrees?all=1', 400, 'invalid_request'],
    ['/jobs?repo=x', 400, 'invalid_request'],
    ['/jobs?repo=https://127.0.0.1/a', 400, 'blocked_host'],
    [`/jobs?cursor=${'x'.repeat(11_000)}`, 400, 'invalid_request'],
  ])('GET %s is answered %i %s', async (path, status, code) => {
    await expectRefused(await api.get(path), status, code);
  });

  test('a method that a route does not have is answered 404', async () => {
    await expectRefused(await api.send({ method: 'PUT', path: '/jobs' }), 404, 'route_not_found');
  });

  test('a filter that does not exist, or is no repository, is named', async () => {
    expect((await api.get('/jobs?state=failed')).body).toMatchObject({ field: 'state' });
    expect((await api.get('/jobs?repo=x')).body).toMatchObject({
      field: 'repo',
      error: expect.stringMatching(/^repo /),
    });
  });

  test.each([{}, { 'content-type': 'application/json' }])(
    'no body, sent with %j, harms no call that needs none',
    async (headers) => {
      const path = '/jobs/00000000-0000-4000-8000-000000000000';
      await expectRefused(await api.send({ method: 'DELETE', path, headers }), 404, 'job_not_found');
      await expectRefused(await api.send({ method: 'POST', path: `${path}/retry`, headers }), 404, 'job_not_found');
      const plan = '/plans/00000000-0000-4000-8000-000000000000/execute';
      await expectRefused(await api.send({ method: 'POST', path: plan, headers }), 404, 'plan_not_found');
      await expectRefused(await api.send({ method: 'PUT', path: '/jobs', headers }), 404, 'route_not_found');
    },
  );

  test('DELETE of ids that are none changes nothing', async () => {
    for (const id of ['..%2f..%2fx', '%2e%2e', 'x'])
      await expectRefused(await api.send({ method: 'DELETE', path: `/jobs/${id}` }), 400, 'invalid_request');
  });
});
