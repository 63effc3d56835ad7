import { EventEmitter, once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { ApprovalListReply, ApprovalReply, DecisionBody, type ApprovalRecord } from '../../contract/http/approval.ts';
import * as runs from '../../contract/http/run.ts';
import * as sessions from '../../contract/http/session.ts';
import { defined } from '../../contract/shared/defined.ts';
import { runIdOf } from '../../contract/workflow/names.ts';
import { newApproval, newRun, newSession } from './session-records.ts';

/** A request below one of the areas that this answers. */
interface Asked {
  method: string;
  id: string | undefined;
  below: string | undefined;
  search: URLSearchParams;
  body: unknown;
}

interface Answer {
  status: number;
  body: unknown;
}

const ok = (body: object, status = 200): Answer => ({ status, body });
const refused = (status: number, code: string, error: string): Answer => ({
  status,
  body: { success: false, code, error },
});

/**
 * Sessions, runs and approvals as far as the command line sees them, moved by the test. Bodies and replies are held to
 * the contract's schemas.
 */
export class FakeSessions {
  readonly sessions = new Map<string, sessions.SessionRecord>();
  readonly runs = new Map<string, runs.RunRecord>();
  readonly approvals = new Map<string, ApprovalRecord>();
  /** What becomes of a run that a message has started. */
  onMessage: (run: runs.RunRecord) => Promise<void> | void = () => undefined;
  /** What follows a decision. */
  onDecision: (approval: ApprovalRecord) => Promise<void> | void = () => undefined;
  readonly #changed = new EventEmitter();

  add(fields: Partial<sessions.SessionRecord> = {}): sessions.SessionRecord {
    const session = newSession(fields);
    this.sessions.set(session.id, session);
    return session;
  }

  /** A run of the session, the next one. */
  addRun(session: sessions.SessionRecord, fields: Partial<runs.RunRecord> = {}): runs.RunRecord {
    const number = ++session.runs;
    const run = newRun({ id: runIdOf(session.id, number), session_id: session.id, number, ...fields });
    this.runs.set(run.id, run);
    return run;
  }

  /** A tool call of the run waits for a decision. */
  ask(run: runs.RunRecord, command: string): ApprovalRecord {
    const approval = newApproval(run, command);
    this.approvals.set(approval.id, approval);
    this.sessions.get(run.session_id)?.pending_approvals.push(approval.id);
    return approval;
  }

  change(run: runs.RunRecord, fields: Partial<runs.RunRecord>): void {
    Object.assign(run, fields);
    this.#changed.emit('run');
  }

  /** Resolves when the session is closed. */
  async closed(id: string): Promise<void> {
    while (this.sessions.get(id)?.closed_at === null) await once(this.#changed, 'session');
  }

  async answer(area: string, asked: Asked): Promise<Answer> {
    const known: Record<string, (asked: Asked) => Answer | Promise<Answer>> = {
      sessions: (it) => this.#sessions(it),
      runs: (it) => this.#runs(it),
      approvals: (it) => this.#approvals(it),
      daemon: () => ok(runs.DaemonStatusReply.parse(STATUS)),
    };
    return (await known[area]?.(asked)) ?? refused(404, 'route_not_found', 'there is no such route');
  }

  #sessions({ method, id, below, body }: Asked): Answer {
    if (id === undefined) {
      if (method === 'POST')
        return ok(
          reply(sessions.SessionReply, { session: this.add(defined(sessions.SessionRequest.parse(body))) }),
          201,
        );
      const all = [...this.sessions.values()];
      return ok(reply(sessions.SessionListReply, { count: all.length, sessions: all, next_cursor: null }));
    }
    const session = this.sessions.get(id);
    if (session === undefined) return refused(404, 'session_not_found', `there is no session ${id}`);
    if (below === 'messages' || below === 'send') return this.#post(session, sessions.MessageBody.parse(body));
    if (below === 'deliver') {
      sessions.DeliverBody.parse(body);
      return this.#begin(session, 'system', 'Deliver the work');
    }
    if (below === 'runs') {
      const all = [...this.runs.values()].filter((run) => run.session_id === id);
      return ok(reply(runs.RunListReply, { count: all.length, runs: all, next_cursor: null }));
    }
    if (below === 'close') {
      sessions.CloseBody.parse(body);
      Object.assign(session, { status: 'closed', closed_at: new Date().toISOString() });
      this.#changed.emit('session');
    }
    return ok(reply(sessions.SessionReply, { session }));
  }

  #post(session: sessions.SessionRecord, said: ReturnType<typeof sessions.MessageBody.parse>): Answer {
    if (said.role === 'user' && said.idempotency_key === undefined)
      return refused(400, 'invalid_request', 'idempotency_key is needed');
    if (said.role === 'user') return this.#begin(session, said.role, said.text ?? '');
    return ok(
      reply(sessions.MessageReply, { message: messageOf(session.id, said.role, said.text ?? ''), run: null }),
      202,
    );
  }

  /** A message with its run. */
  #begin(session: sessions.SessionRecord, role: string, text: string): Answer {
    const run = this.addRun(session, { text });
    setImmediate(() => void this.onMessage(run));
    return ok(reply(sessions.MessageReply, { message: messageOf(session.id, role, text), run }), 202);
  }

  async #runs({ id = '', below, search, body }: Asked): Promise<Answer> {
    const run = this.runs.get(id);
    if (run === undefined) return refused(404, 'run_not_found', `there is no run ${id}`);
    if (below === 'wait') return this.#wait(run, search);
    if (below === 'diagnose') return ok(runs.DiagnoseReply.parse({ success: true, run, diagnostics: DIAGNOSTICS }));
    if (below === 'spawn') {
      const { task, title = null } = sessions.SpawnBody.parse(body);
      const session = this.add({ parent_run_id: id, title });
      return ok(reply(sessions.SpawnReply, { session, run: this.addRun(session, { text: task }) }), 201);
    }
    if (below === 'reply-parent') {
      const { text } = sessions.ReplyParentBody.parse(body);
      const parent_session_id = this.sessions.get(run.session_id)?.parent_session_id ?? '';
      const message = messageOf(parent_session_id, 'user', text);
      return ok(reply(sessions.EscalationReply, { parent_session_id, message, run: null }));
    }
    if (below === 'transition') runs.TransitionBody.parse(body);
    if (below !== undefined) this.change(run, { status: 'cancelled', ended_at: new Date().toISOString() });
    return ok(reply(runs.RunReply, { run }));
  }

  async #wait(run: runs.RunRecord, search: URLSearchParams): Promise<Answer> {
    const { timeout_s } = runs.WaitQuery.parse(Object.fromEntries(search));
    const over = AbortSignal.timeout(timeout_s * 1_000);
    while (run.ended_at === null && !over.aborted)
      await once(this.#changed, 'run', { signal: over }).catch(() => undefined);
    return ok(reply(runs.WaitReply, { run, timed_out: run.ended_at === null }));
  }

  #approvals({ id, search, body }: Asked): Answer {
    if (id === undefined) {
      const [status, session] = [search.get('status'), search.get('session_id')];
      const approvals = [...this.approvals.values()].filter(
        (one) => (status ?? one.status) === one.status && (session ?? one.session_id) === one.session_id,
      );
      return ok(reply(ApprovalListReply, { count: approvals.length, approvals }));
    }
    const approval = this.approvals.get(id);
    if (approval === undefined) return refused(404, 'approval_not_found', `there is no approval ${id}`);
    if (approval.status !== 'pending') return refused(409, 'approval_decided', `it was ${approval.status}`);
    const { decision, reason = null } = DecisionBody.parse(body);
    Object.assign(approval, { status: decision === 'allow' ? 'allowed' : 'denied', decided_by: 'local', reason });
    const session = this.sessions.get(approval.session_id);
    if (session) session.pending_approvals = session.pending_approvals.filter((pending) => pending !== id);
    setImmediate(() => void this.onDecision(approval));
    return ok(reply(ApprovalReply, { approval }));
  }
}

const reply = (schema: { parse: (value: unknown) => object }, fields: object): object =>
  schema.parse({ success: true, ...fields });

const messageOf = (session_id: string, role: string, text: string): sessions.MessageRecord => ({
  id: randomUUID(),
  session_id,
  role,
  text,
  text_cut: false,
  created_at: new Date().toISOString(),
});

const QUEUE = { queued_count: 2, running_count: 1 };
const CODEX = { profile: null, extra_args: [] };

const STATUS = {
  success: true,
  daemon_health: 'ok',
  version: '0.1.0',
  default_agent: 'claude',
  alive_workers: 1,
  max_concurrency: 4,
  queue_counts: QUEUE,
  workers: [{ worker_id: '1@h1', last_seen_at: null }],
  warm_agents: null,
  spare_agents: null,
  codex_invocation: CODEX,
};

const DIAGNOSTICS = {
  worker_id: '1@h1',
  worker_alive: true,
  alive_workers: 1,
  max_concurrency: 4,
  queue_counts: QUEUE,
  queue_position: null,
  likely_issue: null,
  active_pid: 4711,
  pending_approvals: [],
  last_event: null,
  agent_invocation: { agent: null, profile: 'code', extra_args: [] },
  codex_invocation: CODEX,
};
