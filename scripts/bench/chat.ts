import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { DaemonStatusReply } from '../../contract/http/run.ts';
import { bareFirstWords } from './bare-cli.ts';
import type { Bench } from './bench-part.ts';
import { median, milliseconds, ratio, row, seconds, spread } from './table.ts';

/** The package that is always there. */
const MODEL = 'repo-guide';
const STREAMS = 12;
/** How long the model takes for an answer while many are asked for (milliseconds). */
const ANSWER_MS = 300;

/** When what of a stream came, in milliseconds since it was asked for. */
interface Heard {
  firstByte: number;
  firstWords: number;
  keepalives: number;
}

/** Chat completions beside the bare CLI: of an agent that is started for the message, a spare one, and a warm one. */
export async function benchChat(bench: Bench, rounds: number): Promise<void> {
  const cold = await bench.serving({ AGENTICORE_SPARE_AGENTS: '0' }, (url) =>
    turnAbout(bench, rounds, async () => [await say(url)]),
  );
  const [started = []] = cold.ours;
  row('bare CLI, message to first words', spread(cold.bare));
  row('chat, new conversation, first byte', spread(started.map(({ firstByte }) => firstByte)));
  row('chat, new conversation, first words', spread(started.map(({ firstWords }) => firstWords)));
  row('what agenticore adds (medians)', seconds(wordsOf(started) - median(cold.bare)));
  await bench.serving({}, async (url) => {
    const standing = randomUUID();
    await say(url, standing);
    const { bare, ours } = await turnAbout(bench, rounds, async () => {
      await spareIsReady(url);
      return [await say(url), await say(url, standing)];
    });
    const [spare = [], warm = []] = ours.map((heard) => heard.map(({ firstWords }) => firstWords));
    row('bare CLI, message to first words', spread(bare));
    row('chat with a spare agent, first words', `${spread(spare)}   ${ratio(spare, bare)} the bare CLI`);
    row('chat, next message, first words', `${spread(warm)}   ${ratio(warm, bare)} the bare CLI`);
    await atOnce(bench, url);
  });
}

const wordsOf = (heard: readonly Heard[]): number => median(heard.map(({ firstWords }) => firstWords));

/** Rounds of the bare CLI and of us, turn about, so that all meet the same machine; ours by what was asked. */
async function turnAbout(
  { place, modelUrl }: Bench,
  rounds: number,
  ours: () => Promise<Heard[]>,
): Promise<{ bare: number[]; ours: Heard[][] }> {
  const bare: number[] = [];
  const all: Heard[][] = [];
  await ours();
  for (let round = 0; round < rounds; round++) {
    bare.push(await bareFirstWords(place, modelUrl));
    for (const [index, heard] of (await ours()).entries()) (all[index] ??= []).push(heard);
  }
  return { bare, ours: all };
}

/** Many streams at once, on the three seats that there are. */
async function atOnce({ answering }: Bench, url: string): Promise<void> {
  Object.assign(answering, { most: 0, ms: ANSWER_MS });
  const streams = Array.from({ length: STREAMS }, () => say(url));
  const took = await milliseconds(() => Promise.all(streams));
  const heard = await Promise.all(streams);
  row(`${STREAMS} streams at once, 3 seats`, seconds(took));
  row('first byte of the slowest', seconds(Math.max(...heard.map(({ firstByte }) => firstByte))));
  row('fewest keepalives of a stream', String(Math.min(...heard.map(({ keepalives }) => keepalives))));
  row('most that the model answered at once', String(answering.most));
}

/** Says something in a conversation, by default a new one. Resolves when the answer has ended. */
async function say(url: string, conversation?: string): Promise<Heard> {
  const heard: Heard = { firstByte: 0, firstWords: 0, keepalives: 0 };
  let isWhole = false;
  const begun = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(conversation && { 'x-conversation-id': conversation }) },
    body: JSON.stringify({
      ...{ model: MODEL, stream: true },
      messages: [{ role: 'user', content: `say it ${randomUUID()}` }],
    }),
  });
  const parser = createParser({
    onComment: () => heard.keepalives++,
    onEvent: ({ data }) => {
      if (data.includes('"x_agenticore_event_type":"text"')) heard.firstWords ||= performance.now() - begun;
      if (data.includes('"error"')) throw new Error(data);
      isWhole ||= data === '[DONE]';
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    heard.firstByte ||= performance.now() - begun;
    parser.feed(decoder.decode(chunk, { stream: true }));
  }
  if (!isWhole || heard.firstWords === 0) throw new Error(`a stream ended without an answer (${response.status})`);
  return heard;
}

/** Resolves when an agent waits for a conversation. */
async function spareIsReady(url: string): Promise<void> {
  for (let count = 0; count === 0; await sleep(100)) {
    const { spare_agents } = DaemonStatusReply.parse(await (await fetch(`${url}/daemon/status`)).json());
    count = spare_agents?.count ?? 0;
  }
}
