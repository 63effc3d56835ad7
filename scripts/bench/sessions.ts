import { randomUUID } from 'node:crypto';
import { createParser } from 'eventsource-parser';
import { EventReply } from '../../contract/http/replies.ts';
import { MessageReply, SessionReply } from '../../contract/http/session.ts';
import { bareFirstWords } from './bare-cli.ts';
import type { Bench } from './bench-part.ts';
import { ratio, row, spread } from './table.ts';

/** Sessions beside the bare CLI, turn about, so that both meet the same machine. */
export async function benchSessions({ place, modelUrl, serving }: Bench, rounds: number): Promise<void> {
  const words = { bare: [] as number[], cold: [] as number[], warm: [] as number[] };
  await serving({}, async (url) => {
    const standing = await openSession(url);
    await standing.firstWords();
    for (let round = 0; round < rounds; round++) {
      words.bare.push(await bareFirstWords(place, modelUrl));
      const fresh = await openSession(url);
      words.cold.push(await fresh.firstWords());
      await fresh.close();
      words.warm.push(await standing.firstWords());
    }
    await standing.close();
  });
  row('bare CLI, message to first words', spread(words.bare));
  row('session, first message to first words', spread(words.cold));
  row('session, next message to first words', `${spread(words.warm)}   ${ratio(words.warm, words.bare)} the bare CLI`);
}

interface OpenSession {
  /** Says something and answers how long the first words took. Resolves when the run has ended. */
  firstWords: () => Promise<number>;
  close: () => Promise<void>;
}

async function openSession(url: string): Promise<OpenSession> {
  const post = async (path: string, body: object = {}): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  };
  const { session } = SessionReply.parse(await post('/sessions'));
  const path = `/sessions/${session.id}`;
  const lastSeen = async (): Promise<number> =>
    EventReply.pick({ cursor: true }).parse(await (await fetch(`${url}${path}/events?limit=1000`)).json()).cursor;
  let cursor = 0;
  return {
    async firstWords() {
      const over = new AbortController();
      const begun = performance.now();
      const { run } = MessageReply.parse(await post(`${path}/send`, { text: `say it ${randomUUID()}` }));
      const first = await firstEvent(`${url}${path}/events?cursor=${cursor}`, 'text_delta', over.signal);
      over.abort();
      const took = first - begun;
      await fetch(`${url}/runs/${run?.id}/wait`);
      cursor = await lastSeen();
      return took;
    },
    close: () => post(`${path}/close`).then(() => undefined),
  };
}

/** When an event of that type came. */
async function firstEvent(url: string, type: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal });
  let came: number | undefined;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data.includes(`"type":"${type}"`)) came ??= performance.now();
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (came !== undefined) return came;
  }
  throw new Error(`the stream has ended without ${type}`);
}
