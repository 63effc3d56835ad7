/** The chat wire as its bytes are, without an SDK. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Place } from './place.ts';

/** A frame of an event stream; null for [DONE], undefined for a comment. */
interface ChatFrame {
  id: string | undefined;
  data: ChatChunk | null | undefined;
}

interface ChatChunk {
  id: string;
  choices?: ({ delta: { content?: string; reasoning_content?: string }; finish_reason: string | null } & Record<
    string,
    unknown
  >)[];
  usage?: Record<string, unknown>;
  error?: { message: string; type: string; code: string };
  x_agenticore?: Record<string, unknown>;
}

/** The answer to a chat request that is streamed. */
export interface ChatStream {
  status: number;
  headers: IncomingMessage['headers'];
  /** Frames as they come. */
  frames: AsyncGenerator<ChatFrame>;
  /** Goes away, as a client does whose user has closed the page. */
  leave: () => void;
}

/** Opens a stream and resolves with its headers. */
export async function openChat(url: string, body: object, headers: Record<string, string> = {}): Promise<ChatStream> {
  const sent = request(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    agent: false,
  });
  sent.end(JSON.stringify({ stream: true, ...body }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    frames: framesOf(response),
    leave: () => sent.destroy(),
  };
}

async function* framesOf(response: IncomingMessage): AsyncGenerator<ChatFrame> {
  let rest = '';
  for await (const text of response.setEncoding('utf8') as AsyncIterable<string>) {
    const parts = (rest + text).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield frameOf(part);
  }
}

function frameOf(part: string): ChatFrame {
  const data = /^data: (.*)$/m.exec(part)?.[1];
  const id = /^id: (.*)$/m.exec(part)?.[1];
  return { id, data: data === '[DONE]' ? null : data === undefined ? undefined : (JSON.parse(data) as ChatChunk) };
}

/** All that a stream has said. */
export interface ChatAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  frames: ChatFrame[];
  content: string;
  reasoning: string;
  finish: string | null;
  error: ChatChunk['error'];
  summary: Record<string, unknown> | undefined;
}

/** Reads a stream to its end. */
export async function chat(url: string, body: object, headers: Record<string, string> = {}): Promise<ChatAnswer> {
  const stream = await openChat(url, body, headers);
  const frames: ChatFrame[] = [];
  for await (const frame of stream.frames) frames.push(frame);
  const chunks = frames.map(({ data }) => data).filter((data) => data != null);
  const choices = chunks.flatMap(({ choices = [] }) => choices);
  return {
    ...{ status: stream.status, headers: stream.headers, frames },
    content: choices.map(({ delta }) => delta.content ?? '').join(''),
    reasoning: choices.map(({ delta }) => delta.reasoning_content ?? '').join(''),
    finish: choices.map(({ finish_reason }) => finish_reason).find((reason) => reason != null) ?? null,
    error: chunks.find(({ error }) => error !== undefined)?.error,
    summary: chunks.find(({ x_agenticore }) => x_agenticore !== undefined)?.x_agenticore,
  };
}

/** Makes an agent package whose agent may do everything; answers the settings with which it is served. */
export async function servePackage({ dir }: Place, name: string): Promise<Record<string, string>> {
  const folder = join(dir, 'packages', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'system.md'), 'You help.');
  await writeFile(join(folder, 'command.yml'), 'claude:\n  permission_mode: bypassPermissions\n');
  return { AGENT_MODE: 'true', AGENT_MODE_PACKAGE_DIR: folder };
}

/** Makes a hub of agent packages, each with its command.yml; answers the settings with which it is served. */
export async function serveHub({ dir }: Place, packages: Record<string, string>): Promise<Record<string, string>> {
  const hub = join(dir, 'hub');
  for (const [name, command] of Object.entries(packages)) {
    const folder = join(hub, 'agents', name, 'package');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'system.md'), 'You help.');
    await writeFile(join(folder, 'command.yml'), command);
  }
  return { AGENT_MODE: 'true', AGENTIHUB_DIR: hub };
}
