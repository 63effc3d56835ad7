import { isSaid, type Said } from '../contract/shared/said.ts';
import type { StreamEvent } from '../contract/workflow/stream-events.ts';
import { runIdOf } from '../contract/workflow/names.ts';
import { RedisConnection } from './redis-connection.ts';

/** How many entries of a stream are kept, roughly, and for how long after the last one (seconds). */
const MAX_ENTRIES = 2_000;
const TTL_S = 3_600;

/** Batches that may wait for a Redis that is away; what comes on top is dropped. */
const MAX_WAITING = 1_000;

/** An entry as subscribers know it from agentihooks: `content` is a text, or JSON for a tool. */
interface RelayEntry {
  event_type: 'thinking' | 'assistant_text' | 'tool_use' | 'tool_result' | 'done';
  content: string;
}

/**
 * Tells subscribers in other processes what agents say, block by block, in the streams and shapes that Python
 * agenticore had: `<prefix>:events:<run id>`. Best effort: the event log is what counts.
 */
export class RedisRelay {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor({ url, prefix }: { url: string; prefix: string }) {
    this.#connection = new RedisConnection(url);
    this.#prefix = prefix;
  }

  /** Publishes what `events` of a session's run, or a job's, say; returns at once and never fails. */
  publish(stream: string, run: number, events: readonly StreamEvent[]): void {
    const entries = events.flatMap(toEntry);
    if (entries.length === 0 || this.#waiting >= MAX_WAITING) return;
    this.#waiting += 1;
    this.#last = this.#last
      .then(() => this.#add(stream, runIdOf(stream, run), entries))
      .catch(() => undefined)
      .finally(() => (this.#waiting -= 1));
  }

  /** What was published of a run and is still kept; undefined where that is nothing. */
  async read(run: string): Promise<Said[] | undefined> {
    const key = relayKey(this.#prefix, run);
    const entries = await this.#connection.call((redis) => redis.xrange(key, '-', '+'));
    if (entries.length === 0) return undefined;
    return entries.flatMap(([, fields]) => fromRelay(fieldsOf(fields)) ?? []);
  }

  async close(): Promise<void> {
    await this.#last;
    this.#connection.close();
  }

  async #add(session: string, run: string, entries: readonly RelayEntry[]): Promise<void> {
    const key = relayKey(this.#prefix, run);
    const ts = new Date().toISOString();
    await this.#connection.call((redis) => {
      const all = redis.multi();
      for (const { event_type, content } of entries) {
        const fields = { event_type, content, ts, session_id: session, correlation_id: run };
        all.xadd(key, 'MAXLEN', '~', MAX_ENTRIES, '*', ...Object.entries(fields).flat());
      }
      return all.expire(key, TTL_S).exec();
    });
  }
}

const relayKey = (prefix: string, run: string): string => `${prefix}:events:${run}`;

function toEntry(event: StreamEvent): RelayEntry[] {
  if (event.type === 'run_ended') return [{ event_type: 'done', content: '' }];
  return isSaid(event) ? [{ event_type: typeOf(event), content: contentOf(event) }] : [];
}

const typeOf = ({ type }: Said): RelayEntry['event_type'] => (type === 'text' ? 'assistant_text' : type);

function contentOf(said: Said): string {
  switch (said.type) {
    case 'tool_use':
      return JSON.stringify({ id: said.id, name: said.name, input: said.input });
    case 'tool_result':
      return JSON.stringify({ tool_use_id: said.id, is_error: said.is_error, output: said.content });
    default:
      return said.text;
  }
}

/** The relay that `config` asks for: for agents that are served as models, where there is a Redis. */
export const openRelay = (config: {
  agentMode: boolean;
  redisUrl?: string | undefined;
  redisKeyPrefix: string;
}): RedisRelay | undefined =>
  config.agentMode && config.redisUrl
    ? new RedisRelay({ url: config.redisUrl, prefix: config.redisKeyPrefix })
    : undefined;

/** The names and values of an entry, in turn, as an object. */
const fieldsOf = (pairs: readonly string[]): Partial<Record<string, string>> =>
  Object.fromEntries(pairs.flatMap((name, at) => (at % 2 === 0 ? [[name, pairs[at + 1]]] : [])));

/** What an entry says; undefined for the end of a run, and for what others have added. */
function fromRelay({ event_type, content = '' }: Partial<Record<string, string>>): Said | undefined {
  switch (event_type) {
    case 'thinking':
      return { type: 'thinking', text: content };
    case 'assistant_text':
      return { type: 'text', text: content };
    case 'tool_use': {
      const { id, name, input } = JSON.parse(content) as { id: string; name: string; input: unknown };
      return { type: 'tool_use', id, name, input, parent_id: null };
    }
    case 'tool_result': {
      const result = JSON.parse(content) as { tool_use_id: string; is_error: boolean; output: string };
      const { tool_use_id: id, is_error, output } = result;
      return { type: 'tool_result', id, is_error, content: output, truncated_bytes: 0 };
    }
    default:
      return undefined;
  }
}
