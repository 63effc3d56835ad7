import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { defined } from '../../../contract/shared/defined.ts';
import { SESSION_WORKFLOW } from '../../../contract/workflow/names.ts';
import { POST_MESSAGE, type PostOutcome, type SessionSpec } from '../../../contract/workflow/session-state.ts';
import type { EventLog } from '../../../events/event-log.ts';
import type { SessionContext } from '../../context.ts';
import { invalid } from '../../http/api-error.ts';
import { messageRequest } from '../../sessions/message.ts';
import type { Sessions } from '../../sessions/service.ts';
import { sessionStart } from '../../sessions/session-start.ts';
import type { Begun, BegunTurn, ChatTurn } from '../turn.ts';

interface Parts {
  context: SessionContext;
  sessions: Sessions;
  events: EventLog;
}

/** Finds or starts the run that answers a chat request, whose history is all that its client keeps. */
export class Conversations {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Starts the run that answers `turn`, or finds the one that does already. Its events are those of `number` in the
   * stream of the session after `cursor`. Every turn that is answered here is to be followed by `answered` or `left`.
   * Throws 409 `conversation_busy`, `approval_decided` and `session_closed`, 422 `idempotency_mismatch`, 404
   * `approval_not_found` and `session_not_found`, and what Sessions.post throws.
   */
  async begin(turn: ChatTurn): Promise<Begun> {
    const { context } = this.#parts;
    const last = turn.messages.findLast(({ role }) => role === 'user');
    if (last === undefined) throw invalid('messages', 'must have a message of the user');
    const said = { role: 'user', text: last.text, mode: 'reject' } as const;
    const request = await messageRequest(context.contents, { ...said, timeout: turn.timeout_s });
    const session_id = randomUUID();
    const start = { id: session_id, spec: specOf(turn), owner: turn.owner, request_hash: request.body_hash };
    const { run } = (await context.client.workflow.executeUpdateWithStart(POST_MESSAGE, {
      updateId: randomUUID(),
      args: [request],
      startWorkflowOperation: new WithStartWorkflowOperation(SESSION_WORKFLOW, {
        ...sessionStart(context, start),
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    })) as PostOutcome;
    if (run === null) throw new Error('a message of the user got no run');
    const found = { session_id, run_id: run.id, number: run.number, cursor: 0 };
    return { kind: 'turn', tier: 'new', ...found, show: turn.package.chat.show, is_new: true };
  }

  /** The client has all of the answer; `blocks` are its texts, one after the other, whether they were shown or not. */
  async answered(_turn: ChatTurn, _begun: BegunTurn, _blocks: readonly string[]): Promise<void> {
    // TODO
  }

  /**
   * The client does not read any more, and the answer was not at its end. What becomes of the run is said by the
   * package: it goes on, or it is interrupted unless a client asks for it within the grace. One that waits for a
   * decision waits on.
   */
  left(_turn: ChatTurn, _begun: BegunTurn): void {
    // TODO
  }

  /** Forgets all timers. */
  close(): void {
    // TODO
  }
}

function specOf({ package: { name, profile }, cli_model, is_task }: ChatTurn): SessionSpec {
  const { allow, ask, deny, timeout_s } = profile.approvals;
  return {
    ...{ profile: name, package: name, title: name },
    ...defined({ model: cli_model, tools: is_task ? ('none' as const) : undefined }),
    approvals: allow.length + ask.length + deny.length > 0 ? 'ask' : 'none',
    approval_timeout_s: timeout_s ?? 86_400,
    ...{ depth: 0, max_depth: 3, max_children: 20, model_wait_s: 30 },
  };
}
