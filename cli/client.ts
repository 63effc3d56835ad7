import { z } from 'zod';
import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import type { JobRequest, RetryRequest } from '../contract/http/job-request.ts';
import { JobListReply, JobReply, type JobRecord } from '../contract/http/job-record.ts';
import { AuditReply } from '../contract/http/audit.ts';
import { EventReply, HealthReply, ProfileReply } from '../contract/http/replies.ts';
import { StatsReply } from '../contract/http/stats.ts';
import { UsageGroupsReply } from '../contract/http/usage.ts';
import { OverviewReply } from '../contract/http/overview.ts';
import {
  PlanListReply,
  PlanReply,
  type ExecuteRequest,
  type PlanRecord,
  type PlanRequest,
} from '../contract/http/plan.ts';
import {
  CleanupReply,
  WorktreeListReply,
  WorktreeReply,
  type CleanupBody,
  type PrepareBody,
  type WorktreeRecord,
} from '../contract/http/worktree.ts';
import { Http } from './http.ts';
import { Logged } from './logged-event.ts';
import { searchOf } from './requests.ts';
import { SessionClient } from './session-client.ts';

/** How long a clean-up of many worktrees may take (milliseconds). */
const CLEANUP_MS = 10 * 60_000;

/** Most jobs or events that one page holds. */
export const PAGE = 1_000;

/** How long a comparison may take (milliseconds). */
const AUDIT_MS = 2 * 60_000;

const EventPage = EventReply.extend({ events: z.array(Logged) });

interface ListQuery {
  limit: number;
  status?: string | undefined;
  cursor?: string | undefined;
}

/**
 * The API over HTTP. Every method throws a CliError: `no_server` (transient) when nothing answers, the server's own
 * code when it refuses, `not_agenticore` when something else answers.
 */
export class Client {
  readonly url: string;
  readonly sessions: SessionClient;
  readonly #http: Http;

  /** `url` is the API's root without a slash at its end. */
  constructor(url: string, apiKey?: string) {
    this.url = url;
    this.#http = new Http(url, apiKey);
    this.sessions = new SessionClient(this.#http);
  }

  async health(signal?: AbortSignal): Promise<HealthReply> {
    return this.#http.ask(HealthReply, '/health', { signal });
  }

  async submit(body: JobRequest, idempotencyKey?: string, signal?: AbortSignal): Promise<JobRecord> {
    return (await this.#http.ask(JobReply, '/jobs', { method: 'POST', body, headers: keyed(idempotencyKey), signal }))
      .job;
  }

  async retry(id: string, body: RetryRequest, signal?: AbortSignal): Promise<JobRecord> {
    return (await this.#http.ask(JobReply, `/jobs/${id}/retry`, { method: 'POST', body, signal })).job;
  }

  async job(id: string): Promise<JobRecord> {
    return (await this.#http.ask(JobReply, `/jobs/${id}`)).job;
  }

  async cancel(id: string): Promise<JobRecord> {
    return (await this.#http.ask(JobReply, `/jobs/${id}`, { method: 'DELETE' })).job;
  }

  /** One page of jobs: open ones first, then the newest. */
  async jobs(
    query: ListQuery & { repo?: string; profile?: string; since?: string },
  ): Promise<z.infer<typeof JobListReply>> {
    return this.#http.ask(JobListReply, `/jobs?${searchOf(query)}`);
  }

  /** What runs and waits; at most `limit` jobs and sessions. */
  async overview(limit: number): Promise<OverviewReply> {
    return this.#http.ask(OverviewReply, `/overview?limit=${limit}`);
  }

  /** What has been used since, or before, a time, by groups. */
  async usage(query: { group?: string; since?: string; until?: string }): Promise<UsageGroupsReply> {
    return this.#http.ask(UsageGroupsReply, `/usage?${searchOf(query)}`);
  }

  async stats(query: { since?: string }): Promise<StatsReply> {
    return this.#http.ask(StatsReply, `/stats?${searchOf(query)}`);
  }

  async prepareWorktree(body: z.input<typeof PrepareBody>): Promise<WorktreeRecord> {
    return (await this.#http.ask(WorktreeReply, '/worktrees', { method: 'POST', body })).worktree;
  }

  async worktree(id: string): Promise<WorktreeRecord> {
    return (await this.#http.ask(WorktreeReply, `/worktrees/${id}`)).worktree;
  }

  /** One page of the worktrees that are there. */
  async worktrees(query: Pick<ListQuery, 'limit' | 'cursor'>): Promise<z.infer<typeof WorktreeListReply>> {
    return this.#http.ask(WorktreeListReply, `/worktrees?${searchOf(query)}`);
  }

  async cleanUpWorktrees(body: z.input<typeof CleanupBody>): Promise<z.infer<typeof CleanupReply>> {
    return this.#http.ask(CleanupReply, '/worktrees/cleanup', { method: 'POST', body, answerMs: CLEANUP_MS });
  }

  async profiles(): Promise<z.infer<typeof ProfileReply>> {
    return this.#http.ask(ProfileReply, '/profiles');
  }

  async plan(body: PlanRequest, idempotencyKey?: string, signal?: AbortSignal): Promise<PlanRecord> {
    return (await this.#http.ask(PlanReply, '/plans', { method: 'POST', body, headers: keyed(idempotencyKey), signal }))
      .plan;
  }

  async readPlan(id: string): Promise<PlanRecord> {
    return (await this.#http.ask(PlanReply, `/plans/${id}`)).plan;
  }

  /** One page of plans: those that are being made first, then the newest. */
  async plans(query: ListQuery): Promise<z.infer<typeof PlanListReply>> {
    return this.#http.ask(PlanListReply, `/plans?${searchOf(query)}`);
  }

  async execute(id: string, body: Partial<ExecuteRequest>): Promise<JobRecord> {
    return (await this.#http.ask(JobReply, `/plans/${id}/execute`, { method: 'POST', body })).job;
  }

  /** What is compared for the session, or job, at `path`. */
  async audit(path: string): Promise<AuditReply> {
    return this.#http.ask(AuditReply, `${path}/audit`, { answerMs: AUDIT_MS });
  }

  /** The events after `cursor` that there are by now. */
  async *events(id: string, cursor: number): AsyncGenerator<LoggedEvent, void> {
    for (let last = cursor, more = true; more;) {
      const { events } = await this.#http.ask(EventPage, `/jobs/${id}/events?cursor=${last}&limit=${PAGE}`);
      yield* events;
      last = events.at(-1)?.seq ?? last;
      more = events.length > 0;
    }
  }

  /** The events after `cursor`, live; resolves when connected, and ends and throws as `Http.stream` says. */
  async stream(id: string, cursor: number, signal: AbortSignal): Promise<AsyncIterable<LoggedEvent>> {
    return this.#http.stream(Logged, `/jobs/${id}/events`, cursor, signal);
  }
}

const keyed = (idempotencyKey: string | undefined): Record<string, string> =>
  idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
