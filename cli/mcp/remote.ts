import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import { noServer, notAgenticore } from '../api-errors.ts';
import { readSse } from '../sse.ts';
import type { McpMessage } from './message.ts';

/** How long the server has to notice (milliseconds). */
const PRESENCE_MS = 10_000;

/** The MCP server at the other end of HTTP. */
export class Remote {
  readonly #find: () => Promise<string>;
  readonly #headers: Readonly<Record<string, string>>;
  /** What the server said that later requests must repeat. */
  readonly #session: Record<string, string> = {};
  #url: Promise<string> | undefined;

  constructor(find: () => Promise<string>, headers: Readonly<Record<string, string>>) {
    this.#find = find;
    this.#headers = headers;
  }

  /** Resolves when there is a server. */
  async reach(): Promise<void> {
    await this.#server();
  }

  /** Asks the server nothing in particular. Never throws. */
  async showPresence(): Promise<void> {
    try {
      const response = await fetch(`${await this.#server()}/health`, { signal: timeLimit(PRESENCE_MS) });
      await response.body?.cancel();
    } catch {
      // The next message will find out.
    }
  }

  /** Sends a message and yields the replies until the server ends them. Throws a CliError where no server answers. */
  async *send(message: McpMessage, signal: AbortSignal): AsyncGenerator<McpMessage> {
    const response = await this.#post(message, signal);
    const session = response.headers.get('mcp-session-id');
    if (session !== null) this.#session['mcp-session-id'] = session;
    for await (const answer of this.#answers(response)) {
      const version = answer.result?.protocolVersion;
      if (message.method === 'initialize' && typeof version === 'string')
        this.#session['mcp-protocol-version'] = version;
      // An error from before the request was looked at does not say which it answers.
      yield response.ok ? answer : { ...answer, id: message.id ?? null };
    }
  }

  async #post(message: McpMessage, signal: AbortSignal): Promise<Response> {
    const known = this.#url !== undefined;
    const url = await this.#server();
    try {
      return await this.#fetch(url, message, signal);
    } catch (error) {
      // A server that was not reached has not seen the message either.
      if (!known || !wasRefused(error)) throw noServer(url, error);
      this.#url = undefined;
      const next = await this.#server();
      return this.#fetch(next, message, signal).catch((again: unknown) => {
        throw noServer(next, again);
      });
    }
  }

  #server(): Promise<string> {
    this.#url ??= this.#find().catch((error: unknown) => {
      this.#url = undefined;
      throw error;
    });
    return this.#url;
  }

  #fetch(url: string, message: McpMessage, signal: AbortSignal): Promise<Response> {
    return fetch(`${url}/mcp`, {
      method: 'POST',
      redirect: 'manual',
      signal,
      body: JSON.stringify(message),
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...this.#headers,
        ...this.#session,
      },
    });
  }

  async *#answers({ body, headers, status, url }: Response): AsyncGenerator<McpMessage> {
    const type = headers.get('content-type') ?? '';
    if (status === 202 || body === null) return;
    if (type.startsWith('text/event-stream')) {
      for await (const data of readSse(body, () => undefined)) yield JSON.parse(data) as McpMessage;
    } else if (type.startsWith('application/json')) {
      yield (await new Response(body).json()) as McpMessage;
    } else throw notAgenticore(url, status);
  }
}

const wasRefused = (error: unknown): boolean =>
  ((error as { cause?: { code?: string } }).cause?.code ?? '') === 'ECONNREFUSED';
