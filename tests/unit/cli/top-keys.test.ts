import { afterEach, beforeEach, expect } from '@jest/globals';
import { FakeApi } from '../../support/fake-api.ts';
import { needs } from '../../support/needs.ts';
import { openPty } from '../../support/pty.ts';
import { until } from '../../support/until.ts';

const onTerminal = needs('script');

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

const sent = (begin: string): unknown[] =>
  api.seen.filter(({ line }) => line.startsWith(begin)).map(({ body }) => body);

onTerminal('approvals are decided by a key, and are gone from the view then', async () => {
  const session = api.sessions.add({ status: 'waiting_approval' });
  const run = api.sessions.addRun(session);
  const [first, second] = [api.sessions.ask(run, 'rm one'), api.sessions.ask(run, 'rm two')];
  const view = openPty(api.url, ['top']);
  await view.shows('rm two');
  view.type('a');
  await view.shows('allowed: Bash rm one');
  await view.shows('1 to approve');
  // The choice is gone with its line: a key acts on nothing until one is chosen.
  view.type('d');
  view.type('\u001b[B');
  await view.shows('› apr_');
  await until(() => (view.type('d'), second.status === 'denied'));
  expect([first.status, second.status]).toEqual(['allowed', 'denied']);
  expect(sent('POST /approvals')).toMatchObject([{ decision: 'allow' }, { decision: 'deny' }]);
  view.type('q');
  expect(await view.ended).toBe(0);
});

onTerminal('a job is cancelled by a key when the person says yes, and its timeline is opened by Enter', async () => {
  const job = api.add({ task: 'mend the parser', status: 'running', stage: 'running_agent' });
  api.onCancel = ({ id }) => api.change(id, { status: 'cancelled', ended_at: new Date().toISOString() });
  const view = openPty(api.url, ['top']);
  await view.shows('mend the parser');
  view.type('c');
  await view.shows(`Cancel job ${job.id}? y/n`);
  view.type('n');
  view.type('\r');
  await until(() => sent(`GET /jobs/${job.id}/events`).length > 0);
  expect(sent(`DELETE /jobs/${job.id}`)).toHaveLength(0);
  view.type('q');
  await view.shows('q quit', 2);
  view.type('c');
  await view.shows(`Cancel job ${job.id}? y/n`, 2);
  view.type('y');
  await view.shows(`${job.id.slice(0, 8)} cancelled`);
  expect(sent(`DELETE /jobs/${job.id}`)).toHaveLength(1);
  view.type('\u0003');
  expect(await view.ended).toBe(0);
});

onTerminal('a server that is away is told of and waited for', async () => {
  api.add({ task: 'mend the parser', status: 'running' });
  const view = openPty(api.url, ['top']);
  await view.shows('mend the parser');
  await api.drop();
  await view.shows('No agenticore server answers');
  api.add({ task: 'mend the lexer', status: 'running' });
  await api.listen();
  await view.shows('mend the lexer');
  view.type('q');
  expect(await view.ended).toBe(0);
});
