/** Sessions as their users have them, over REST. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApprovalRecord } from '../../contract/http/approval.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import { call } from './product.ts';
import { until } from './until.ts';

type Answers = Record<string, unknown>;

async function must<T>(url: string, path: string, json?: object): Promise<T> {
  const { status, body } = await call<T & Answers>(url, path, json === undefined ? {} : { json });
  if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Creates a session. */
export const createSession = async (url: string, request: object = {}): Promise<SessionRecord> =>
  (await must<{ session: SessionRecord }>(url, '/sessions', request)).session;

/** Posts a message and answers the run that it starts. */
export const say = async (url: string, session: string, text: string, more: object = {}): Promise<RunRecord> =>
  (
    await must<{ run: RunRecord }>(url, `/sessions/${session}/messages`, {
      ...{ text, idempotency_key: randomUUID() },
      ...more,
    })
  ).run;

/** Reads the run, also over restarts of the server, until it has ended. */
export async function runEnded(url: () => string, id: string): Promise<RunRecord> {
  let seen: unknown;
  return until(
    async () => {
      const read = must<{ run: RunRecord }>(url(), `/runs/${id}`).catch((error: unknown) => void (seen = error));
      const answered = await read;
      seen = answered ?? seen;
      return answered?.run.ended_at != null && answered.run;
    },
    () => `the end of run ${id}; seen last: ${JSON.stringify(seen)}`,
  );
}

/** Says `text` and waits for the answer. */
export const answered = async (url: () => string, session: string, text: string): Promise<RunRecord> =>
  runEnded(url, (await say(url(), session, text)).id);

/** The approvals of the session that wait, when there are some; also over restarts of the server. */
export const pendingApprovals = (url: () => string, session: string): Promise<ApprovalRecord[]> =>
  until(async () => {
    const path = `/approvals?status=pending&session_id=${session}`;
    const read = must<{ approvals: ApprovalRecord[] }>(url(), path).catch(() => undefined);
    const found = (await read)?.approvals ?? [];
    return found.length > 0 && found;
  });

/** Decides an approval; answers the status of the reply. */
export const decide = async (url: string, id: string, decision: 'allow' | 'deny'): Promise<number> =>
  (await call(url, `/approvals/${id}`, { json: { decision, reason: 'not now' } })).status;

/** What the session's agent has written down of its conversation, on the disk of `dataDir`. */
export async function transcriptsIn(dataDir: string, id: string): Promise<string> {
  const folder = join(dataDir, 'jobs', id, 'agent', 'projects');
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const transcripts = names.filter((name) => name.endsWith('.jsonl'));
  return (await Promise.all(transcripts.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}
