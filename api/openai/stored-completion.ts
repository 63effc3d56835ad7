import type { ChatCompletion } from '../../contract/http/chat.ts';
import { sessionOfRun } from '../../contract/workflow/names.ts';
import { ALL_SHOWN } from '../../packages/package.ts';
import { checkDisk } from '../events/source.ts';
import { ApiError } from '../http/api-error.ts';
import type { ApiDeps } from '../http/deps.ts';
import { eventSource } from '../sessions/session-events.ts';
import { completionAtEnd } from './completion.ts';
import { readTurnSoFar } from './read-turn.ts';
import { endOf } from './render/ending.ts';
import { GatheredAnswer } from './render/gathered.ts';
import { TurnReading } from './render/reading.ts';
import type { BegunTurn } from './turn.ts';

/** The completion that was given under `id`, from the events; 404 where the owner has none, or it is not one yet. */
export async function storedCompletion(
  deps: Pick<ApiDeps, 'events' | 'sessions' | 'packages' | 'disk'>,
  id: string,
  owner: string,
): Promise<ChatCompletion> {
  const run_id = id.replace(/^chatcmpl-/, '');
  const run = sessionOfRun(run_id);
  if (run === undefined || run_id === id) throw noCompletion(id);
  const session = await deps.sessions.reader.owned(run.session_id, owner).catch(() => Promise.reject(noCompletion(id)));
  const record = await deps.sessions.reader.run(run_id, owner).catch(() => Promise.reject(noCompletion(id)));
  const { package: name } = session.memo.request.spec;
  if (name === undefined) throw noCompletion(id);
  checkDisk(eventSource(session), deps.disk, 'events');
  const show = (await deps.packages()).packages.find((each) => each.name === name)?.chat.show ?? ALL_SHOWN;
  const begun: BegunTurn = { kind: 'turn', tier: 'session', ...run, run_id, cursor: 0, show };
  const reading = new TurnReading(show, 0);
  const answer = new GatheredAnswer();
  await readTurnSoFar(deps, begun, reading, (pieces) => answer.addAll(pieces));
  answer.addAll(reading.end());
  const created = Math.floor(Date.parse(record.created_at) / 1_000);
  if (reading.success === undefined && record.ended_at === null)
    throw new ApiError('completion_running', `the completion ${id} is not complete`);
  const completion = completionAtEnd({ begun, reading, answer }, endOf(reading, record), { model: name, created });
  return completion ?? Promise.reject(noCompletion(id));
}

const noCompletion = (id: string): ApiError =>
  new ApiError('completion_not_found', `the completion ${id.slice(0, 100)} does not exist`);
