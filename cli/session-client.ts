import { z } from 'zod';
import {
  ApprovalListReply,
  ApprovalReply,
  type ApprovalQuery,
  type ApprovalRecord,
  type DecisionBody,
} from '../contract/http/approval.ts';
import { EventReply } from '../contract/http/replies.ts';
import { DiagnoseReply, RunListReply, RunReply, type RunRecord } from '../contract/http/run.ts';
import {
  EscalationReply,
  MessageReply,
  SessionListReply,
  SessionReply,
  SpawnReply,
  type DeliverBody,
  type ForkBody,
  type MessageBody,
  type ReplyParentBody,
  type SessionRecord,
  type SessionRequest,
  type SpawnBody,
} from '../contract/http/session.ts';
import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import type { Http } from './http.ts';
import { Logged } from './logged-event.ts';
import { searchOf } from './requests.ts';

const EventPage = EventReply.extend({ events: z.array(Logged) });

/** Most events of one page. */
const PAGE = 1_000;

/** Sessions, runs and approvals over HTTP; throws as `Client` says. */
export class SessionClient {
  readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  async create(body: SessionRequest): Promise<SessionRecord> {
    return (await this.#post(SessionReply, '/sessions', body)).session;
  }

  async session(id: string): Promise<SessionRecord> {
    return (await this.http.ask(SessionReply, `/sessions/${id}`)).session;
  }

  /** One page of sessions. */
  async list(query: { limit: number; status?: string; cursor?: string }): Promise<z.infer<typeof SessionListReply>> {
    return this.http.ask(SessionListReply, `/sessions?${searchOf(query)}`);
  }

  async send(id: string, body: z.input<typeof MessageBody>): Promise<z.infer<typeof MessageReply>> {
    return this.#post(MessageReply, `/sessions/${id}/messages`, body);
  }

  async deliver(id: string, body: DeliverBody): Promise<z.infer<typeof MessageReply>> {
    return this.#post(MessageReply, `/sessions/${id}/deliver`, body);
  }

  async fork(id: string, body: ForkBody): Promise<SessionRecord> {
    return (await this.#post(SessionReply, `/sessions/${id}/fork`, body)).session;
  }

  async close(id: string, cancel: boolean): Promise<SessionRecord> {
    return (await this.#post(SessionReply, `/sessions/${id}/close`, { cancel })).session;
  }

  async run(id: string): Promise<RunRecord> {
    return (await this.http.ask(RunReply, `/runs/${id}`)).run;
  }

  /** The runs of a session, the newest first. */
  async runs(id: string): Promise<z.infer<typeof RunListReply>> {
    return this.http.ask(RunListReply, `/sessions/${id}/runs`);
  }

  async cancelRun(id: string): Promise<RunRecord> {
    return (await this.#post(RunReply, `/runs/${id}/cancel`, {})).run;
  }

  async diagnose(id: string): Promise<z.infer<typeof DiagnoseReply>> {
    return this.http.ask(DiagnoseReply, `/runs/${id}/diagnose`);
  }

  async spawn(runId: string, body: SpawnBody): Promise<z.infer<typeof SpawnReply>> {
    return this.#post(SpawnReply, `/runs/${runId}/spawn`, body);
  }

  async replyParent(runId: string, body: z.input<typeof ReplyParentBody>): Promise<z.infer<typeof EscalationReply>> {
    return this.#post(EscalationReply, `/runs/${runId}/reply-parent`, body);
  }

  async approvals(query: z.input<typeof ApprovalQuery>): Promise<z.infer<typeof ApprovalListReply>> {
    return this.http.ask(ApprovalListReply, `/approvals?${searchOf(query)}`);
  }

  async decide(id: string, body: z.input<typeof DecisionBody>): Promise<ApprovalRecord> {
    return (await this.#post(ApprovalReply, `/approvals/${id}`, body)).approval;
  }

  /** The events after `cursor` that there are by now. */
  async *events(id: string, cursor: number): AsyncGenerator<LoggedEvent> {
    for (let last = cursor, more = true; more;) {
      const { events } = await this.http.ask(EventPage, `/sessions/${id}/events?cursor=${last}&limit=${PAGE}`);
      yield* events;
      last = events.at(-1)?.seq ?? last;
      more = events.length > 0;
    }
  }

  /** The events after `cursor`, live; resolves when connected, and ends and throws as `Http.stream` says. */
  async stream(id: string, cursor: number, signal: AbortSignal): Promise<AsyncIterable<LoggedEvent>> {
    return this.http.stream(Logged, `/sessions/${id}/events`, cursor, signal);
  }

  #post<T extends z.ZodType>(schema: T, path: string, body: object): Promise<z.infer<T>> {
    return this.http.ask(schema, path, { method: 'POST', body });
  }
}
