import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunRecord } from '../../contract/http/run.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { Client } from '../client.ts';
import { oneLine } from '../output/sanitize.ts';
import { say, stdoutGone } from '../output/streams.ts';
import { createReconnect } from '../reconnect.ts';
import { sentenceOf, type Attachment } from './attachment.ts';
import { ANSWERS, parseInput } from './input.ts';

/** Pause between two looks at a run (milliseconds). */
const LOOK_MS = 250;

interface PlainView {
  client: Client;
  id: string;
  attachment: Attachment;
  show: (logged: LoggedEvent) => void;
  /** What a person would type: the lines of stdin where absent. */
  lines?: AsyncIterable<string> | Iterable<string> | undefined;
}

/**
 * A session without a terminal: each line is a message, or `y`, `n` or `a` where a tool call waits; the next one is
 * read when the run has ended or asks. Ends with the input: exit code 1 where the last run has not succeeded.
 */
export async function runPlain(view: PlainView): Promise<void> {
  try {
    await converse(view);
  } finally {
    view.attachment.leave();
  }
}

async function converse(view: PlainView): Promise<void> {
  const { attachment, lines } = view;
  const settle = createSettle(view);
  let run = await settle((await attachment.look()).active_run_id);
  for await (const line of lines ?? createInterface({ input: process.stdin })) {
    if (stdoutGone.aborted) return;
    try {
      run = await settle((await act(attachment, line)) ?? run?.id ?? null);
    } catch (error) {
      say(`error: ${oneLine(sentenceOf(error))}`);
      process.exitCode = 2;
      return;
    }
  }
  const [waiting] = attachment.pending;
  if (waiting !== undefined)
    say(`${oneLine(waiting.tool)} waits for approval. Answer: agenticore session approve ${waiting.id}`);
  if (run !== undefined && run.status !== 'succeeded') process.exitCode = 1;
}

/** Does what the line asks for; the id of the run that it has started. */
async function act(attachment: Attachment, line: string): Promise<string | undefined> {
  const answer = attachment.pending.length === 0 ? undefined : ANSWERS.get(line.trim());
  if (answer !== undefined) return void (await attachment.decide(answer.decision, { remember: answer.remember }));
  const input = parseInput(line);
  if (input.what === 'message') return (await attachment.send(input.text, input.mode))?.id;
  if (input.what === 'approve') await attachment.decide('allow');
  if (input.what === 'deny') await attachment.decide('deny', { reason: input.reason });
  return undefined;
}

/** Shows what happens until the run has ended or a tool call waits; gives the run. Without one, what has happened. */
function createSettle({ client, id, attachment, show }: PlainView) {
  let seen = 0;
  const showNew = async (): Promise<void> => {
    for await (const logged of client.sessions.events(id, seen)) {
      seen = logged.seq;
      show(logged);
    }
  };
  return async (runId: string | null): Promise<RunRecord | undefined> => {
    const reconnect = createReconnect({ url: client.url, what: 'session', tell: say });
    while (!stdoutGone.aborted) {
      try {
        const run = runId === null ? undefined : await client.sessions.run(runId);
        await attachment.look();
        await showNew();
        reconnect.answered();
        if (run?.ended_at !== null || attachment.pending.length > 0) return run;
        await sleep(LOOK_MS);
      } catch (error) {
        await reconnect.retry(error, stdoutGone);
      }
    }
    return undefined;
  };
}
