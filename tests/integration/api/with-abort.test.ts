import { getEventListeners, once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { abortable } from '../../../api/temporal/with-abort.ts';
import { deferred } from '../../../contract/shared/deferred.ts';
import { startApiWorld, type Api } from '../../support/api.ts';

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApiWorld();
  ({ id } = await api.submit());
});
afterAll(() => api.close());

const result = (): Promise<unknown> => api.client.workflow.getHandle(id).result();

test('a wait whose caller has gone before it begins is over at once, and asks nothing', async () => {
  let asked = false;
  const call = (): Promise<unknown> => {
    asked = true;
    return result();
  };
  expect(await abortable(api.client, AbortSignal.abort(), call)).toBeUndefined();
  expect(asked).toBe(false);
});

test('a wait is over when its caller goes in the middle of a poll, and so is the poll', async () => {
  const gone = new AbortController();
  let poll: Promise<unknown> | undefined;
  const waiting = abortable(api.client, gone.signal, () => (poll = result()));
  gone.abort();
  expect(await waiting).toBeUndefined();
  await expect(poll).rejects.toThrow('Workflow execution');
});

test('a poll that begins after the caller has gone is over, too', async () => {
  const gone = new AbortController();
  const { promise: poll, resolve: begun } = deferred<Promise<unknown>[]>();
  const waiting = abortable(api.client, gone.signal, async () => {
    await once(gone.signal, 'abort');
    const late = result();
    begun([late]);
    return late;
  });
  gone.abort();
  expect(await waiting).toBeUndefined();
  const [late] = await poll;
  await expect(late).rejects.toThrow('Workflow execution');
});

test('an answer and an error are passed on', async () => {
  const { signal } = new AbortController();
  expect(await abortable(api.client, signal, () => Promise.resolve('answer'))).toBe('answer');
  await expect(abortable(api.client, signal, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

test('a wait of many polls listens once to the abort of its caller', async () => {
  const { signal } = new AbortController();
  const listeners = await abortable(api.client, signal, async () => {
    for (let poll = 0; poll < 12; poll++) await api.client.workflow.count();
    return getEventListeners(signal, 'abort').length;
  });
  expect(listeners).toBe(1);
});
