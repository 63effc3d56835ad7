import { Failure } from '../../contract/shared/failures.ts';
import type { RunningProcess } from '../../processes/spawn.ts';
import type { Calls, ServerMessage } from './protocol.ts';

/** Most messages that wait for their reader; then the app-server is read on only while it owes us an answer. */
const MAX_WAITING = 1_000;

interface PendingCall {
  resolve: (answer: unknown) => void;
  reject: (reason: Error) => void;
}

interface Line {
  id?: string | number;
  method?: string;
  result?: unknown;
  error?: { message?: string };
}

/** The app-server refuses a call. */
export class CallRefused extends Error {}

/**
 * One connection to `codex app-server`: JSON-RPC, a message a line. When the process ends, every call that waits for
 * its answer fails at once.
 */
export class RpcClient {
  readonly #process: RunningProcess;
  readonly #heard: (message: ServerMessage) => void;
  readonly #calls = new Map<number, PendingCall>();
  readonly #messages: ServerMessage[] = [];
  #nextId = 1;
  #isOver = false;
  /** Messages are for nobody any more. */
  #isIgnored = false;
  #failure: Error | undefined;
  #wakeReader = (): void => undefined;
  #wakePump = (): void => undefined;

  /** `heard` learns of each message that is no answer, before its reader does. */
  constructor(process: RunningProcess, heard: (message: ServerMessage) => void) {
    this.#process = process;
    this.#heard = heard;
    void this.#pump();
  }

  /** Asks the app-server. Throws `CallRefused` with its words, or `agent_stopped` where it ends without an answer. */
  async call<Method extends keyof Calls>(method: Method, params: object): Promise<Calls[Method]['answer']> {
    if (this.#isOver) throw gone();
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#write({ id, method, params });
    this.#wakePump();
    return answer;
  }

  notify(method: 'initialized'): void {
    this.#write({ method });
  }

  /** Answers a request of the app-server. */
  respond(id: string | number, result: object): void {
    this.#write({ id, result });
  }

  refuse(id: string | number, message: string): void {
    this.#write({ id, error: { code: -32601, message } });
  }

  /** The next message that is no answer; undefined when the app-server has ended. One reader at a time. */
  async next(): Promise<ServerMessage | undefined> {
    while (this.#messages.length === 0 && !this.#isOver) await new Promise<void>((wake) => (this.#wakeReader = wake));
    const message = this.#messages.shift();
    this.#wakePump();
    if (message === undefined && this.#failure !== undefined) throw this.#failure;
    return message;
  }

  /** Lets the app-server say what it likes until it ends. */
  async drain(): Promise<void> {
    this.#isIgnored = true;
    this.#messages.length = 0;
    while (!this.#isOver) {
      this.#wakePump();
      await new Promise<void>((wake) => (this.#wakeReader = wake));
    }
  }

  #write(message: object): void {
    this.#process.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async #pump(): Promise<void> {
    try {
      for await (const line of this.#process.lines) {
        this.#take(parse(line));
        while (this.#messages.length >= MAX_WAITING && this.#calls.size === 0 && !this.#isIgnored)
          await new Promise<void>((wake) => (this.#wakePump = wake));
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#isOver = true;
    for (const { reject } of this.#calls.values()) reject(gone());
    this.#calls.clear();
    this.#wakeReader();
  }

  #take(line: Line | undefined): void {
    if (line === undefined) return;
    if (line.method === undefined) return this.#settle(line);
    this.#heard(line as ServerMessage);
    if (!this.#isIgnored) this.#messages.push(line as ServerMessage);
    this.#wakeReader();
  }

  #settle({ id, result, error }: Line): void {
    const call = typeof id === 'number' ? this.#calls.get(id) : undefined;
    if (typeof id !== 'number' || call === undefined) return;
    this.#calls.delete(id);
    if (error === undefined) call.resolve(result);
    else call.reject(new CallRefused(error.message ?? 'no reason given'));
  }
}

const gone = (): Failure => new Failure('agent_stopped', 'The agent ended before it answered.');

function parse(line: string): Line | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
