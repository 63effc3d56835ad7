import type { RunResult } from '../../contract/shared/events.ts';
import type { RunningProcess } from '../../processes/spawn.ts';
import type { AgentRun, UserMessage } from '../agent.ts';
import { answered, failure } from '../results.ts';
import type { Answer, Reading } from './answer.ts';
import type { Gateway } from './gateway.ts';
import type { CodexOptions } from './options.ts';
import type { Permissions } from './permissions.ts';
import type { Price } from './prices.ts';
import type { Turn } from './protocol.ts';
import { CallRefused, type RpcClient } from './rpc.ts';
import { disarmSkills } from './skills.ts';
import { tell, type Thread } from './thread.ts';

/** What a conversation is made of. */
export interface Parts {
  run: AgentRun;
  options: CodexOptions;
  permissions: Permissions;
  gateway: Gateway;
  process: RunningProcess;
  rpc: RpcClient;
  thread: Thread;
  /** Of the CLI. */
  version: string;
  price: Price | undefined;
}

/** What an agent is told that died in the middle of its answer and has its thread back. */
const GO_ON =
  'You were stopped in the middle of your work. See what is done already, do the rest, and do nothing twice.';

/** What it is told of calls that waited for a decision: it sees them as aborted, and asks for none by itself. */
const MAKE_AGAIN =
  'These tool calls waited for a decision, so none of them has taken place. Make each again, with the very same input, unless it is not needed any more; the decision is applied then:';

/** Most characters that are told of such a call. */
const MAX_CALL = 4_000;

function goOnText({ waiting = [] }: UserMessage): string {
  const calls = waiting.map(({ name, input }) => `- ${name} ${JSON.stringify(input).slice(0, MAX_CALL)}`);
  return calls.length === 0 ? GO_ON : [GO_ON, MAKE_AGAIN, ...calls].join('\n');
}

/** Gives the CLI the message, after `instructions`, unless the thread has its answer already. */
export async function handOver(parts: Parts, answer: Answer, instructions: string | undefined): Promise<Reading> {
  const { rpc, run, options, thread } = parts;
  const earlier = earlierTurn(thread.turns, answer.message.id);
  const words = earlier && wordsOf(earlier);
  if (words !== undefined) return { events: [], result: answered(run.sessionId, words) };
  const said = earlier === undefined ? answer.message.text : goOnText(answer.message);
  try {
    if (instructions !== undefined) await tell(rpc, run, thread.id, instructions);
    const text = options.trust_repo ? said : await disarmSkills(rpc, thread.cwd, said);
    const { turn } = await rpc.call('turn/start', {
      threadId: thread.id,
      clientUserMessageId: answer.message.id,
      input: [...(answer.message.images ?? []).map(imageInput), { type: 'text', text, text_elements: [] }],
      outputSchema: options.output_schema ?? null,
    });
    answer.turnId = turn.id;
    if (answer.interrupted) breakOff(parts, answer);
    return { events: [] };
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error;
    return { events: [], result: failure('agent_failed', `The agent refused the message: ${error.message}`) };
  }
}

const imageInput = ({ media_type, data }: NonNullable<UserMessage['images']>[number]): object => ({
  type: 'image',
  url: `data:${media_type};base64,${data}`,
});

/** Asks the CLI to stop an answer that it has begun. */
export function breakOff({ rpc, thread }: Parts, { turnId }: Answer): void {
  if (turnId !== undefined) rpc.call('turn/interrupt', { threadId: thread.id, turnId }).catch(() => undefined);
}

/** Commands outlive the turn that started them, and what was being said when it was broken off is forgotten. */
export async function tidy({ rpc, thread }: Parts, { brokenOff }: Answer, { status }: RunResult): Promise<void> {
  const items = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: brokenOff }] }];
  const isCut = status === 'interrupted' && brokenOff !== '';
  await Promise.allSettled([
    rpc.call('thread/backgroundTerminals/clean', { threadId: thread.id }),
    ...(isCut ? [rpc.call('thread/inject_items', { threadId: thread.id, items })] : []),
  ]);
}

/** The turn that answers the message; the last of them where it was handed over again. */
const earlierTurn = (turns: readonly Turn[], messageId: string): Turn | undefined =>
  turns.findLast(({ items }) => items.some((item) => item.type === 'userMessage' && item.clientId === messageId));

/**
 * The last words of a turn that came to its end; undefined where it did not. A process that was killed between its last
 * words and the end of its turn leaves an interrupted one with a final answer.
 */
function wordsOf({ status, items }: Turn): string | undefined {
  const last = items.findLast((item) => item.type === 'agentMessage');
  if (status === 'completed') return last?.text ?? '';
  return status === 'interrupted' && last?.phase === 'final_answer' ? last.text : undefined;
}
