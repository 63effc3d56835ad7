import { Failure } from '../../contract/shared/failures.ts';
import type { Decision } from '../../runners/agent.ts';

type Answer = (decision: Decision) => void;

/** The tool calls for which agents of this process wait for a decision. */
export class PendingApprovals {
  readonly #waiting = new Map<string, Answer>();

  /** An agent waits for `approval`; call the result when it does not any more. */
  add(session: string, approval: string, answer: Answer): () => void {
    const key = keyOf(session, approval);
    this.#waiting.set(key, answer);
    return () => {
      if (this.#waiting.get(key) === answer) this.#waiting.delete(key);
    };
  }

  /** Brings a decision to the agent that waits for it; throws `approval_gone` where none does. */
  answer(session: string, approval: string, decision: Decision): void {
    const key = keyOf(session, approval);
    const answer = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (answer === undefined) throw gone(approval);
    try {
      answer(decision);
    } catch (error) {
      // It was withdrawn, and the agent has not said so yet.
      throw error instanceof Failure && error.type === 'invalid_request' ? gone(approval) : error;
    }
  }
}

const keyOf = (session: string, approval: string): string => `${session} ${approval}`;

const gone = (approval: string): Failure =>
  new Failure('approval_gone', `No agent of this host waits for the approval ${approval}.`);
