import type { SessionEventReply } from '../../contract/http/session.ts';
import { runIdOf } from '../../contract/workflow/names.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { EventSource } from '../events/source.ts';
import type { SessionExecution } from './session-record.ts';

type SessionEvent = SessionEventReply['events'][number];

/** Where the events of a session are, and whether more can come. */
export const eventSource = ({ id, status, closeTime, memo }: SessionExecution): EventSource => ({
  id,
  disk: memo.session?.disk ?? null,
  hosts: memo.session?.hostname == null ? [] : [memo.session.hostname],
  ended_at: status === 'RUNNING' ? null : (closeTime?.toISOString() ?? memo.session?.closed_at ?? null),
});

/** An event with what clients of a session know it by. */
export const sessionEvent = (session_id: string, logged: LoggedEvent): LoggedEvent & SessionEvent => ({
  ...logged,
  session_id,
  run_id: logged.run === null ? null : runIdOf(session_id, logged.run),
  event_type: logged.event.type,
});
