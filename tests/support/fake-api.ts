import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { streamEvents } from '../../api/events/stream.ts';
import { JobListReply, JobReply, type JobRecord } from '../../contract/http/job-record.ts';
import { OverviewReply } from '../../contract/http/overview.ts';
import { ErrorReply, EventReply, HealthReply, ProfileReply } from '../../contract/http/replies.ts';
import { FileLog } from '../../events/file-log.ts';
import { FakeSessions } from './fake-sessions.ts';
import { freePort } from './free-port.ts';
import { newJob } from './records.ts';

/** What one request was. */
interface Seen {
  line: string;
  headers: IncomingMessage['headers'];
  body?: unknown;
}

/** How a request is refused. */
interface Refusal {
  status: number;
  code: string;
  error: string;
  next_step?: string;
}

/**
 * The API as far as the command line sees it, with jobs that the test moves. Replies are held to the contract's
 * schemas; event log and event stream are the product's own.
 */
export class FakeApi {
  readonly jobs = new Map<string, JobRecord>();
  readonly sessions = new FakeSessions();
  readonly seen: Seen[] = [];
  readonly log: FileLog;
  /** What happens to a job that was submitted. */
  onSubmit: (job: JobRecord) => Promise<void> | void = () => undefined;
  onCancel: (job: JobRecord) => void = () => undefined;
  /** Answers such requests with an error; tried before everything else. */
  refuse: (line: string) => Refusal | undefined = () => undefined;
  readonly #dir: string;
  readonly #ended = new Map<string, (() => void)[]>();
  #server = createServer();
  #port = 0;

  private constructor(dir: string) {
    this.#dir = dir;
    this.log = new FileLog(join(dir, 'events'));
  }

  static async start(): Promise<FakeApi> {
    const api = new FakeApi(await mkdtemp(join(tmpdir(), 'agenticore-cli-')));
    await api.listen();
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, on the same port as before. */
  async listen(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#port ||= await freePort();
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
  }

  /** Breaks every connection and takes no new one, as a killed server does. */
  async drop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async stop(): Promise<void> {
    await this.drop();
    await this.log.close();
    await rm(this.#dir, { recursive: true });
  }

  add(fields: Partial<JobRecord> = {}): JobRecord {
    const job = newJob(fields);
    this.jobs.set(job.id, job);
    return job;
  }

  /** Changes a job; one that gets an `ended_at` ends its streams. */
  change(id: string, fields: Partial<JobRecord>): void {
    const job = this.jobs.get(id);
    if (job === undefined) throw new Error(`no job ${id}`);
    Object.assign(job, fields);
    if (job.ended_at !== null) this.#ended.get(id)?.forEach((end) => end());
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method ?? ''} ${request.url ?? ''}`;
    const body = request.method === 'POST' ? await json(request) : undefined;
    this.seen.push({ line, headers: request.headers, body });
    const refused = this.refuse(line);
    if (refused !== undefined) return fail(response, refused);
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const [, area = '', id, events] = pathname.split('/');
    if (area === 'health') return send(response, 200, HealthReply.parse(health));
    if (area === 'profiles') return send(response, 200, ProfileReply.parse(profiles));
    if (area === 'overview') return send(response, 200, this.#overview());
    if (area === 'sessions' && events === 'events' && id !== undefined)
      return this.#events({ id, ended: () => this.sessions.closed(id) }, searchParams, request, response);
    if (area !== 'jobs') {
      const asked = { method: request.method ?? '', id: id && decodeURIComponent(id), below: events };
      const { status, body: said } = await this.sessions.answer(area, { ...asked, search: searchParams, body });
      return send(response, status, said);
    }
    if (id === undefined)
      return request.method === 'POST' ? this.#submit(body, response) : this.#list(searchParams, response);
    const job = this.jobs.get(id);
    if (job === undefined)
      return fail(response, {
        status: 404,
        code: 'job_not_found',
        error: `there is no job ${id}`,
        next_step: 'Find the job with `GET /jobs`.',
      });
    if (events !== undefined)
      return this.#events({ id, ended: () => this.#jobEnded(job) }, searchParams, request, response);
    if (request.method === 'DELETE') this.onCancel(job);
    send(response, 200, JobReply.parse({ success: true, job }));
  }

  async #submit(body: unknown, response: ServerResponse): Promise<void> {
    const job = this.add(body as Partial<JobRecord>);
    send(response, 202, JobReply.parse({ success: true, job }));
    await this.onSubmit(job);
  }

  #list(search: URLSearchParams, response: ServerResponse): void {
    const status = search.get('status');
    const jobs = [...this.jobs.values()].filter((job) => status === null || job.status === status);
    send(response, 200, JobListReply.parse({ success: true, count: jobs.length, jobs, next_cursor: null }));
  }

  #overview(): OverviewReply {
    const [jobs, all] = [[...this.jobs.values()], [...this.sessions.sessions.values()]];
    return OverviewReply.parse({
      ...{ success: true, at: new Date().toISOString(), hosts: [] },
      queue_counts: { queued_count: 0, running_count: jobs.length },
      jobs: jobs.map((job) => ({ ...job, doing: null })),
      sessions: all.map((session) => ({ ...session, doing: null })),
      approvals: [...this.sessions.approvals.values()].filter(({ status }) => status === 'pending'),
    });
  }

  #jobEnded(job: JobRecord): Promise<void> {
    if (job.ended_at !== null) return Promise.resolve();
    return new Promise((resolve) => this.#ended.set(job.id, [...(this.#ended.get(job.id) ?? []), resolve]));
  }

  async #events(
    { id, ended }: { id: string; ended: () => Promise<void> },
    search: URLSearchParams,
    request: IncomingMessage,
    out: ServerResponse,
  ): Promise<void> {
    const cursor = Number(request.headers['last-event-id'] ?? search.get('cursor') ?? 0);
    if (request.headers.accept === 'text/event-stream')
      return streamEvents({ events: this.log, id, cursor, ended }, out, (event) => event);
    // Pages are short: readers have to ask for more than one.
    const events = await this.log.read(id, cursor, Math.min(2, Number(search.get('limit') ?? 2)));
    send(out, 200, EventReply.parse({ success: true, events, cursor: events.at(-1)?.seq ?? cursor, ended: false }));
  }
}

const health = { status: 'ok', service: 'agenticore', version: '0.1.0', ui_url: 'http://127.0.0.1:8233', problems: [] };

const profiles = {
  success: true,
  count: 1,
  profiles: [
    {
      name: 'code',
      agent: 'claude',
      description: 'Writes code.',
      model: 'sonnet',
      max_turns: 80,
      permission_mode: 'bypassPermissions',
      timeout: 3_600,
      auto_pr: true,
      effort: null,
      worktree: true,
    },
  ],
};

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, { status, ...error }: Refusal): void {
  send(response, status, ErrorReply.parse({ success: false, ...error }));
}
