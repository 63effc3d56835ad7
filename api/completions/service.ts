import { randomUUID } from 'node:crypto';
import type { CompletionQuery, CompletionRecord, CompletionRequest } from '../../contract/http/completions.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import { derivedId } from '../../contract/shared/derived-id.ts';
import { runIdOf } from '../../contract/workflow/names.ts';
import type { SessionSpec } from '../../contract/workflow/session-state.ts';
import { eventsAfter } from '../../events/event-log.ts';
import type { Packages } from '../../packages/package.ts';
import type { SessionContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import { hashOf } from '../jobs/brief.ts';
import { chatMessage } from '../openai/conversations/chat-message.ts';
import { chatSpec } from '../openai/conversations/chat-spec.ts';
import { instructionsIn } from '../openai/conversations/history.ts';
import { chooseModel } from '../openai/models.ts';
import type { SessionExecution } from '../sessions/session-record.ts';
import type { Sessions } from '../sessions/service.ts';

/** Completions as Python agenticore had them: a uuid is a session, and its last run is the completion of that name. */
export class Completions {
  readonly #context: SessionContext;
  readonly #sessions: Sessions;

  constructor(context: SessionContext, sessions: Sessions) {
    this.#context = context;
    this.#sessions = sessions;
  }

  /**
   * Posts a message, after those that wait in its session; with a key the same request again posts nothing. Throws 404
   * `model_not_found`, 409 `session_closed`, 429 `queue_full` and `session_full`, and 503 `no_worker`.
   */
  async start(
    request: CompletionRequest,
    packages: Packages,
    { owner, key = randomUUID() }: { owner: string; key?: string | undefined },
  ): Promise<{ uuid: string; run: RunRecord }> {
    const { message: text, stateless, model, timeout } = request;
    const uuid = request.uuid ?? derivedId('completion', owner, key);
    const id = sessionIdOf(owner, uuid);
    const body_hash = hashOf(request);
    const spec = this.#spec(packages, model ?? 'default', { uuid, stateless });
    const message = await chatMessage(
      this.#context.contents,
      { role: 'user', text, images: [] },
      {
        ...{ mode: 'queue', body_hash, instructions: instructionsOf(request) },
        timeout_s: timeout === 0 ? undefined : (timeout ?? undefined),
      },
    );
    const start = { id, spec, owner, request_hash: body_hash };
    const { run } = await this.#sessions.postOnce(id, message, { owner, key }, start);
    if (run === null) throw new Error('a message of a user has started no run');
    return { uuid, run: await this.#sessions.reader.runOf(run, owner) };
  }

  /** The completion of a run of a session. */
  async ofRun(uuid: string, run: RunRecord): Promise<CompletionRecord> {
    const { output, error, error_code, session_id, id: run_id, usage, cost_usd, num_turns } = run;
    const { created_at, started_at, ended_at } = run;
    const status = statusOf(run);
    return {
      ...{ uuid, status, message: run.text, result: output, is_error: status === 'failed', error, error_code },
      ...{ session_id, run_id, cost_usd, num_turns, created_at, started_at, ended_at },
      duration_ms: ended_at === null ? null : Date.parse(ended_at) - Date.parse(started_at ?? created_at),
      usage: usage && {
        ...{ input_tokens: usage.input_tokens, output_tokens: usage.output_tokens },
        cache_read_input_tokens: usage.cache_read_tokens,
        cache_creation_input_tokens: usage.cache_creation_tokens,
      },
      tool_uses: await this.#toolUses(run),
    };
  }

  /** The last completion of a uuid; 404 `completion_not_found` also where it is another owner's. */
  async read(uuid: string, owner: string): Promise<CompletionRecord> {
    const session = await this.#sessions.reader.find(sessionIdOf(owner, uuid));
    const found = session && (await this.#last(session, owner));
    if (found === undefined) throw new ApiError('completion_not_found', `the completion ${uuid} does not exist`);
    return found;
  }

  /** The last completions: those that run first, then the newest. */
  async list(owner: string, { limit, status }: CompletionQuery): Promise<CompletionRecord[]> {
    const found: CompletionRecord[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await this.#sessions.reader.page(owner, { limit: 100, cursor });
      for (const session of page.executions) {
        const completion = await this.#last(session, owner);
        const isAsked = completion !== undefined && (status === undefined || status === completion.status);
        if (!isAsked) continue;
        found.push(completion);
        if (found.length === limit) return found;
      }
      if (page.next_cursor === null) return found;
      cursor = page.next_cursor;
    }
  }

  async #last({ id, memo }: SessionExecution, owner: string): Promise<CompletionRecord | undefined> {
    const { title: uuid = '' } = memo.request.spec;
    const number = memo.session?.runs ?? 0;
    if (id !== sessionIdOf(owner, uuid) || number === 0) return undefined;
    return this.ofRun(uuid, await this.#sessions.reader.run(runIdOf(id, number), owner));
  }

  /** The title of the session is its uuid, by which it is known to be one of these. */
  #spec(packages: Packages, model: string, { uuid, stateless }: { uuid: string; stateless: boolean }): SessionSpec {
    const asked = { ...chooseModel(packages, model), is_task: false };
    return { ...chatSpec(this.#context.config, asked, { isAlone: stateless }), title: uuid };
  }

  async #toolUses({ session_id, number }: RunRecord): Promise<CompletionRecord['tool_uses']> {
    const uses: CompletionRecord['tool_uses'] = [];
    for await (const { run, event } of eventsAfter(this.#context.events, session_id))
      if (run === number && event.type === 'tool_use')
        uses.push({ id: event.id, name: event.name, input: event.input });
    return uses;
  }
}

const sessionIdOf = (owner: string, uuid: string): string => derivedId('completions', owner, uuid);

function instructionsOf({ system_prompt, append_system_prompt, context }: CompletionRequest): string | undefined {
  const told = context == null || context === '' ? '' : typeof context === 'string' ? context : JSON.stringify(context);
  return instructionsIn([system_prompt ?? '', append_system_prompt ?? '', told]);
}

function statusOf({ status, ended_at }: RunRecord): CompletionRecord['status'] {
  if (ended_at === null) return status === 'queued' ? 'queued' : 'running';
  return status === 'succeeded' ? 'completed' : 'failed';
}
