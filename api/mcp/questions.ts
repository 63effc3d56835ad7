import { randomBytes } from 'node:crypto';
import { stripVTControlCharacters } from 'node:util';
import {
  ElicitResultSchema,
  type ClientCapabilities,
  type JSONRPCMessage,
  type JSONRPCRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { DecisionBody, type ApprovalRecord } from '../../contract/http/approval.ts';
import { deferred } from '../../contract/shared/deferred.ts';
import { invalid } from '../http/api-error.ts';
import type { ApiDeps } from '../http/deps.ts';
import type { UncheckedMessage } from './running-calls.ts';

/** The id of a question: that of the session, of the approval, and what tells it from others about the same. */
const QUESTION_ID = /^approval:([0-9a-f-]{36}):(apr_[0-9a-f_]+):[0-9a-f]{12}$/;

/** Most characters of a tool's input that a form shows. */
const MAX_SHOWN = 2_000;

/** What the user of a client fills in. */
const Form = DecisionBody.pick({ decision: true, reason: true, remember: true });

/** What a client answers to a request. */
const Answer = z.looseObject({ id: z.string(), result: ElicitResultSchema.optional() });

/** An approval that the user of a client is asked about. */
export interface ApprovalForm {
  /** Resolves when the client has answered, whatever that was, and the decision, if it was one, has been taken. */
  answered: Promise<void>;
  readonly isAnswered: boolean;
  /** Takes the form away: somebody else has decided, or nobody waits any more. */
  withdraw(): void;
}

/** Whether a client can show forms to its user. */
export const showsForms = ({ elicitation }: ClientCapabilities = {}): boolean =>
  elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);

/** Whether a message is the answer to a question of ours. */
export const isAnswer = (message: unknown): boolean =>
  (message as UncheckedMessage)?.method === undefined && QUESTION_ID.test(String((message as UncheckedMessage)?.id));

/**
 * Puts approvals to the users of clients, by elicitation. The id of a question says what it is about, so that any
 * instance can take the answer; only the one that has asked notices that a user has not decided.
 */
export class Questions {
  readonly #deps: Pick<ApiDeps, 'sessions'>;
  readonly #open = new Map<string, () => void>();

  constructor(deps: Pick<ApiDeps, 'sessions'>) {
    this.#deps = deps;
  }

  /** Asks about an approval; `send` brings a message to the client, and may fail. */
  put(approval: ApprovalRecord, send: (message: JSONRPCMessage) => Promise<void>): ApprovalForm {
    const id = `approval:${approval.session_id}:${approval.id}:${randomBytes(6).toString('hex')}`;
    const { promise, resolve } = deferred();
    const end = (): void => {
      this.#open.delete(id);
      resolve();
    };
    this.#open.set(id, end);
    void send(requestOf(id, approval)).catch(end);
    const isAnswered = (): boolean => !this.#open.has(id);
    return {
      answered: promise,
      get isAnswered() {
        return isAnswered();
      },
      withdraw: () => {
        if (isAnswered()) return;
        end();
        const method = 'notifications/cancelled';
        void send({ jsonrpc: '2.0', method, params: { requestId: id } }).catch(() => undefined);
      },
    };
  }

  /**
   * Takes a client's answer: a form that was filled in is the owner's decision, unless there is one. All else decides
   * nothing. Throws 400 for a form with other fields, and what deciding throws.
   */
  async take(message: unknown, owner: string): Promise<void> {
    const { id, result } = Answer.parse(message);
    const [, session_id = '', approval = ''] = QUESTION_ID.exec(id) ?? [];
    try {
      if (result?.action !== 'accept') return;
      const { data: form } = Form.safeParse(result.content);
      if (form === undefined) throw invalid('content', 'must be what the form asks for');
      await this.#deps.sessions.approvals.decide(approval, { ...form, session_id }, { owner, via: 'mcp' });
    } finally {
      this.#open.get(id)?.();
    }
  }
}

const requestOf = (id: string, { tool, input, input_cut }: ApprovalRecord): JSONRPCRequest => ({
  jsonrpc: '2.0',
  id,
  method: 'elicitation/create',
  params: {
    message: plain(`The agent wants to use ${tool}:\n${input.slice(0, MAX_SHOWN)}${input_cut ? ' …' : ''}`),
    requestedSchema: {
      type: 'object',
      properties: {
        decision: { type: 'string', title: 'Decision', enum: Form.shape.decision.options },
        reason: { type: 'string', title: 'Reason', description: Form.shape.reason.description, maxLength: 2_000 },
        remember: { type: 'boolean', title: 'Remember', description: Form.shape.remember.description, default: false },
      },
      required: ['decision'],
    },
  },
});

/** Without what could make a terminal show something else than what is asked. */
const plain = (text: string): string => stripVTControlCharacters(text).replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, '�');
