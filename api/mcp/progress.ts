import { stripVTControlCharacters } from 'node:util';
import { outcomeWords } from '../../contract/workflow/checks.ts';
import type { StreamEvent } from '../../contract/workflow/stream-events.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { stageLabel } from '../../contract/workflow/job-stages.ts';
import { retryWords } from '../../contract/workflow/retries.ts';
import { toolWords } from '../../contract/shared/tool-labels.ts';
import type { ApiDeps } from '../http/deps.ts';

/** Longest silence (milliseconds): clients give up on a call that does not give a sign of life for a while. */
const BEAT_MS = 8_000;

const MAX_MESSAGE = 300;

interface Report extends Pick<ApiDeps, 'jobs' | 'events'> {
  job: JobRecord;
  owner: string;
  tell: (message: string) => void;
  signal: AbortSignal;
}

/**
 * Sends progress messages until the signal aborts: the job's stages and its agent's tool calls as they come, and the
 * last message again during silence. Never throws, because a wait must not end when progress cannot be sent.
 */
export async function reportProgress({ jobs, events, job, owner, tell, signal }: Report): Promise<void> {
  const begun = Date.now();
  let last = standing(job);
  let heard = false;
  const beat = setInterval(() => {
    tell(`${last} (${Math.round((Date.now() - begun) / 1_000)} s)`);
    // Where the events are on another host's disk, only the record is known.
    if (!heard)
      void jobs.reader.get(job.id, owner).then(
        (now) => (last = standing(now)),
        () => undefined,
      );
  }, BEAT_MS);
  signal.addEventListener('abort', () => clearInterval(beat), { once: true });
  tell(last);
  try {
    const seen = job.started_at === null ? 0 : await events.last(job.id);
    for await (const { event } of events.tail(job.id, seen, signal)) {
      const message = describe(event);
      if (message === undefined) continue;
      heard = true;
      last = message;
      tell(message);
    }
  } catch {
    // The beat goes on.
  }
}

function standing({ status, stage, queue_position, retrying }: JobRecord): string {
  if (queue_position !== null) return `queued, place ${queue_position}`;
  return retrying === null ? stageLabel(status === 'queued' ? status : stage) : oneLine(retryWords(retrying));
}

/** The event on one line; undefined where it is not worth a message. */
function describe(event: StreamEvent): string | undefined {
  switch (event.type) {
    case 'stage':
      return event.detail === undefined
        ? stageLabel(event.stage)
        : oneLine(`${stageLabel(event.stage)}: ${event.detail}`);
    case 'tool_use':
      return oneLine(`${event.name} ${toolWords(event.input)}`);
    case 'text':
      return oneLine(event.text);
    case 'retrying':
      return oneLine(`retrying: ${'stage' in event ? retryWords(event) : event.reason}`);
    case 'restarted':
      return oneLine(`${event.type}: ${event.reason}`);
    case 'waiting':
      return oneLine(`waiting until ${event.until}: ${event.reason}`);
    case 'warning':
      return oneLine(event.message);
    case 'command_started':
      return oneLine(`${event.phase}: ${event.command}`);
    case 'command_ended':
      return oneLine(`${event.phase}: ${event.command} ${outcomeWords(event)}`);
    default:
      return undefined;
  }
}

const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE);
