import { once, EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConversation, type Conversation } from './conversation.ts';
import { answer, type Reply } from './reply.ts';
import { readResponsesConversation } from './responses-conversation.ts';
import { answerResponses } from './responses-reply.ts';

/** One request that the model server got. */
export interface ModelRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** Parsed body; null when there was none. */
  body: Record<string, unknown> | null;
  /** The conversation of a turn of the agent; null for everything else that the CLI asks beside it. */
  conversation: Conversation | null;
}

/** Says what the model answers in a conversation; it may wait before it does. */
export type Script = (conversation: Conversation) => Reply | Promise<Reply>;

/**
 * A model on loopback that speaks the Anthropic Messages API and OpenAI's Responses API, and says what its script tells
 * it.
 */
export interface ScriptedModel {
  /** What ANTHROPIC_BASE_URL must be; OPENAI_BASE_URL is `/v1` below it. */
  readonly url: string;
  /** Everything that was asked, in order. */
  readonly requests: readonly ModelRequest[];
  /** Turns of agents, without the CLI's side requests; of one task, when its text or a part of it is given. */
  turns(task?: string): ModelRequest[];
  /** The first request, past or to come, for which `wanted` holds. */
  waitFor(wanted: (request: ModelRequest) => boolean): Promise<ModelRequest>;
  /** Cuts all connections and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a scripted model on a free loopback port. Any number of agents may use it at once. What is asked `beside` the
 * turns of agents has no tools.
 */
export async function startScriptedModel(
  script: Script,
  port = 0,
  beside: (body: object) => Reply = () => ({ text: 'ok' }),
): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const arrivals = new EventEmitter().setMaxListeners(0);
  const server = createServer((incoming, response) => {
    void receive(incoming)
      .then((request) => {
        requests.push(request);
        arrivals.emit('request');
        return respond(request, { script, beside }, response);
      })
      .catch(() => response.destroy());
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    turns: (task = '') => requests.filter((request) => request.conversation?.task.includes(task)),
    waitFor: (wanted) => arrival(requests, arrivals, wanted),
    close: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

/** Looks at all requests each time, since several may have come before this goes on. */
async function arrival(
  requests: readonly ModelRequest[],
  arrivals: EventEmitter,
  wanted: (request: ModelRequest) => boolean,
): Promise<ModelRequest> {
  for (;;) {
    const request = requests.find(wanted);
    if (request !== undefined) return request;
    await once(arrivals, 'request');
  }
}

async function receive(incoming: IncomingMessage): Promise<ModelRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const body = text === '' ? null : (JSON.parse(text) as Record<string, unknown>);
  const path = incoming.url ?? '/';
  return {
    method: incoming.method ?? '',
    path,
    headers: incoming.headers,
    body,
    conversation: body === null ? null : conversationOf(path, body),
  };
}

/** Null where the request is no turn of an agent. */
function conversationOf(path: string, body: Record<string, unknown>): Conversation | null {
  if (isResponses(path)) return readResponsesConversation(body);
  const isTurn = /^\/v1\/messages(\?|$)/.test(path) && Array.isArray(body.tools) && body.tools.length > 0;
  return isTurn ? readConversation(body) : null;
}

const isResponses = (path: string): boolean => /^\/v1\/responses(\?|$)/.test(path);

async function respond(
  request: ModelRequest,
  { script, beside }: { script: Script; beside: (body: object) => Reply },
  response: ServerResponse,
): Promise<void> {
  const { path, body, conversation } = request;
  if (conversation !== null) {
    const reply = await script(conversation);
    return isResponses(path) ? answerResponses(response, reply) : answer(response, body ?? {}, reply);
  }
  if (path.startsWith('/v1/messages/count_tokens')) return sendJson(response, 200, { input_tokens: 10 });
  if (path.startsWith('/v1/messages')) return answer(response, body ?? {}, beside(body ?? {}));
  if (path.startsWith('/api/hello')) return sendJson(response, 200, {});
  return sendJson(response, 404, { type: 'error', error: { type: 'not_found_error', message: 'not found' } });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
