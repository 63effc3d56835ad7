import { Context } from '@temporalio/activity';
import type { AgentEvent, RunFailure, RunResult } from '../contract/shared/events.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { Spent } from '../contract/workflow/job-progress.ts';
import type { RateLimit } from '../contract/workflow/steps.ts';
import type { UserMessage } from '../runners/agent.ts';
import type { Deps } from './deps.ts';
import type { HeldSeat } from './seats.ts';

/** How often the Web UI is told how far the agent is (milliseconds). */
const HEARTBEAT_MS = 1_000;

/** Most bytes of a message in an event. */
const MAX_MESSAGE_BYTES = 16 * 1024;

/** An answer of an agent, and what its readers are told before it. */
interface Followed {
  /** The job or session. */
  stream: string;
  attempt: number;
  message: Pick<UserMessage, 'id' | 'text'>;
  /** How many texts of the attempts before the agent does not remember. */
  forgotten?: number | undefined;
  /** What the user should know of how the agent runs; what it warns of is added. */
  warnings: string[];
  events: AsyncIterable<AgentEvent>;
}

/**
 * Writes what an agent does, from the message that it is given to the end of its answer, to the event stream, whose
 * writer counts what it costs.
 */
export async function followAgent(
  { writers }: Pick<Deps, 'writers'>,
  seat: HeldSeat,
  { stream, attempt, message, forgotten = 0, warnings, events }: Followed,
): Promise<RunResult> {
  const writer = writers.of(stream);
  const lost = forgotten === 0 ? {} : { forgotten_texts: forgotten };
  await writer.write([{ type: 'run_started', attempt, ...lost }, toEvent(message)]);
  await writer.warn(warnings);
  for await (const event of events) {
    seat.notice(event);
    if (event.type === 'warning') {
      warnings.push(event.message);
      await writer.warn([event.message]);
      continue;
    }
    await writer.write([event]);
    if (event.type === 'run_ended') return event.result;
  }
  throw new Failure('agent_stopped', 'the agent ended without a result');
}

/** Tells Temporal, and by it the Web UI, while `work` goes on, what the agent does and how far its events are. */
export async function whileBeating<T>(
  { writers }: Pick<Deps, 'writers'>,
  stream: string,
  seat: HeldSeat,
  work: Promise<T>,
): Promise<T> {
  const context = Context.current();
  const writer = writers.of(stream);
  const tell = (): void => context.heartbeat({ ...seat.work, ...totals(writer.spent), events: writer.seq });
  const beat = setInterval(tell, HEARTBEAT_MS);
  try {
    return await work;
  } finally {
    clearInterval(beat);
  }
}

/** What agents have taken under the seat so far, for who looks on. */
const totals = ({ usage, cost_usd }: Spent): { tokens?: number; cost_usd?: number } => ({
  ...(usage !== null && { tokens: usage.input_tokens + usage.output_tokens }),
  ...(cost_usd !== null && { cost_usd }),
});

function toEvent(message: Pick<UserMessage, 'id' | 'text'>): {
  type: 'user_message';
  id: string;
  text: string;
  truncated_bytes: number;
} {
  const bytes = Buffer.from(message.text);
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_MESSAGE_BYTES), { stream: true });
  return { type: 'user_message', id: message.id, text, truncated_bytes: bytes.length - Buffer.byteLength(text) };
}

/** The failure of an answer, with when the model answers again. */
export function failureOf({ code, message, retry_after_ms }: RunFailure): Failure {
  if (retry_after_ms === undefined) return new Failure(code, message);
  return new Failure(code, message, { details: { retry_after_ms } satisfies RateLimit, retryAfterMs: retry_after_ms });
}
