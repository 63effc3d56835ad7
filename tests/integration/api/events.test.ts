import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';
import { startApiWorld, type Api } from '../../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld();
});
afterAll(() => api.close());

/** More than the buffers between a server and a client hold. */
const MUCH: StreamEvent[] = Array.from({ length: 30 }, () => ({ type: 'text', text: 'x'.repeat(1_000_000) }));

async function open(id: string): Promise<IncomingMessage> {
  const headers = { accept: 'text/event-stream' };
  const sent = request(`${api.url}/jobs/${id}/events`, { headers, agent: false }).end();
  return ((await once(sent, 'response')) as [IncomingMessage])[0];
}

const idsOf = (stream: string): number[] => [...stream.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

test.each<[string, StreamEvent[]]>([
  ['ended by itself', [...MUCH, { type: 'ended', status: 'succeeded' }]],
  ['was ended by force', MUCH],
])(
  'the stream of a job that %s is whole for a client that reads when others have read it all',
  async (_how, events) => {
    const { id } = await api.submit();
    await api.events.append(id, events);
    const all = events.map((_, i) => i + 1);
    const slow = await open(id);
    const quick = text(await open(id));
    await api.client.workflow.getHandle(id).terminate();
    expect(idsOf(await quick)).toEqual(all);
    expect(idsOf(await text(slow))).toEqual(all);
  },
);
