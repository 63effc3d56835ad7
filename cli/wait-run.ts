import { z } from 'zod';
import type { Http } from './http.ts';
import { createReconnect } from './reconnect.ts';
import { say, stdoutGone } from './output/streams.ts';

/** Exit code of a command whose time was over before the run, as that of `timeout`. */
export const TIMED_OUT = 124;

/** Longest single request (seconds): proxies close connections that are silent for longer. */
const SLICE_S = 25;

/** How long the server may take beyond what it was asked to wait (milliseconds). */
const ANSWER_MS = 30_000;

const Waited = z.object({ run: z.object({ status: z.string() }), timed_out: z.boolean() });
/** The reply as it is, with fields that this program does not know. */
const Reply = z.custom<z.infer<typeof Waited>>((reply) => Waited.safeParse(reply).success);

/**
 * The server's reply when the run has ended; the last one, with `timed_out`, when `timeoutS` is over before. Undefined
 * where nobody reads the output any more. Goes on when the server was away.
 */
export async function waitForRun(
  http: Http,
  runId: string,
  timeoutS = Infinity,
): Promise<z.infer<typeof Reply> | undefined> {
  const deadline = performance.now() + timeoutS * 1_000;
  const reconnect = createReconnect({ url: http.url, tell: say, what: 'session' });
  while (!stdoutGone.aborted) {
    const leftS = Math.max(0, (deadline - performance.now()) / 1_000);
    const slice = Math.min(SLICE_S, Math.round(leftS * 1_000) / 1_000);
    try {
      const path = `/runs/${encodeURIComponent(runId)}/wait?timeout_s=${slice}`;
      const reply = await http.ask(Reply, path, { answerMs: slice * 1_000 + ANSWER_MS, signal: stdoutGone });
      reconnect.answered();
      if (!reply.timed_out || performance.now() >= deadline) return reply;
    } catch (error) {
      await reconnect.retry(error, stdoutGone);
    }
  }
  return undefined;
}
