import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { packageRoot } from '../config/index.ts';
import { DaemonStatusReply } from '../contract/http/run.ts';
import { EventReply } from '../contract/http/replies.ts';
import { MessageReply, SessionReply } from '../contract/http/session.ts';
import { serverEnvironment, type Place } from './demo-place.ts';

/** The package that is always there. */
const PACKAGE = 'repo-guide';

/** Milliseconds from a message to the first words of the answer. */
export interface FirstWords {
  /** Of the CLI by itself, started for the message. */
  bare: number[];
  /** Of a session whose agent is started for it. */
  cold: number[];
  /** Of a session whose agent has answered before. */
  warm: number[];
  /** Of a session with an agent package whose agent was started before anybody needed it. */
  spare: number[];
}

/** Measures first words turn about, so that all meet the same machine. */
export async function measureFirstWords(
  { url, place, modelUrl }: { url: string; place: Place; modelUrl: string },
  rounds: number,
): Promise<FirstWords> {
  const words: FirstWords = { bare: [], cold: [], warm: [], spare: [] };
  const standing = await openSession(url);
  await standing.firstWords();
  const asked = await openSession(url, { package: PACKAGE });
  await asked.firstWords();
  await asked.close();
  for (let round = 0; round < rounds; round++) {
    words.bare.push(await bareFirstWords(place, modelUrl));
    const fresh = await openSession(url);
    words.cold.push(await fresh.firstWords());
    await fresh.close();
    words.warm.push(await standing.firstWords());
    await spareIsReady(url);
    const chat = await openSession(url, { package: PACKAGE });
    words.spare.push(await chat.firstWords());
    await chat.close();
  }
  await standing.close();
  return words;
}

async function bareFirstWords(place: Place, modelUrl: string): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-bench-'));
  const env = { ...serverEnvironment(place, '', modelUrl), HOME: dir, CLAUDE_CONFIG_DIR: dir, IS_SANDBOX: '1' };
  const flags = ['-p', 'say it', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'];
  const begun = performance.now();
  const claude = join(packageRoot, 'node_modules', '.bin', 'claude');
  const child = spawn(claude, flags, { cwd: dir, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let first: number | undefined;
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('"text_delta"')) first ??= performance.now() - begun;
  await rm(dir, { recursive: true });
  if (first === undefined) throw new Error('the bare CLI has said nothing');
  return first;
}

interface OpenSession {
  /** Says something and answers how long the first words took. Resolves when the run has ended. */
  firstWords: () => Promise<number>;
  close: () => Promise<void>;
}

/** Resolves when an agent waits for a session. */
async function spareIsReady(url: string): Promise<void> {
  for (let count = 0; count === 0; await sleep(100)) {
    const { spare_agents } = DaemonStatusReply.parse(await (await fetch(`${url}/daemon/status`)).json());
    count = spare_agents?.count ?? 0;
  }
}

async function openSession(url: string, spec: object = {}): Promise<OpenSession> {
  const post = async (path: string, body: object = {}): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  };
  const { session } = SessionReply.parse(await post('/sessions', spec));
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
