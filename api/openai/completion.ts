import { randomUUID } from 'node:crypto';
import type { ChatCompletion } from '../../contract/http/chat.ts';
import { AgentError } from './errors.ts';
import { lastWords, type Finish, type TurnEnd } from './render/ending.ts';
import { chatUsage } from './render/usage.ts';
import type { GatheredAnswer } from './render/gathered.ts';
import { TurnReading } from './render/reading.ts';
import { completionId, shownSettings, summaryOf } from './summary.ts';
import type { BegunTurn } from './turn.ts';

/** A turn that is over, as a chat completion. */
interface FinishedTurn {
  begun: BegunTurn;
  reading: TurnReading;
  answer: GatheredAnswer;
  end: Finish;
}

interface CompletionTerms {
  model: string;
  /** Unix seconds; now when absent. */
  created?: number;
}

/**
 * The completion that a turn has come to, all of whose events were taken; undefined where its reader has gone. Throws
 * what the turn failed with.
 */
export function completionAtEnd(
  turn: Omit<FinishedTurn, 'end'>,
  end: TurnEnd,
  terms: CompletionTerms,
): ChatCompletion | undefined {
  if (end.kind === 'failed') throw new AgentError(end);
  if (end.kind === 'left') return undefined;
  turn.answer.addAll(lastWords(end, turn.reading));
  return chatCompletion({ ...turn, end }, terms);
}

/** A chat completion; what its reader is not to see is absent. */
function chatCompletion(
  { begun, reading, answer, end }: FinishedTurn,
  { model, created = Math.floor(Date.now() / 1_000) }: CompletionTerms,
): ChatCompletion {
  const { thinking, tools } = begun.show;
  const reasoning = thinking && answer.reasoning !== '' ? { reasoning_content: answer.reasoning } : {};
  const message = { role: 'assistant', content: answer.content, refusal: null, ...reasoning };
  return {
    ...{ id: completionId(begun.run_id), object: 'chat.completion' as const, created, model },
    choices: [{ index: 0 as const, message, logprobs: null, finish_reason: end.finish_reason }],
    usage: chatUsage(reading.usage),
    x_agenticore: { ...summaryOf(begun, reading, end), ...(tools && { events: answer.events }) },
  };
}

/** The completion for a message that only sets, or asks, what is shown. */
export function settingsCompletion(show: BegunTurn['show'], model: string): ChatCompletion {
  const content = JSON.stringify(shownSettings(show));
  const message = { role: 'assistant', content, refusal: null };
  return {
    ...{
      id: completionId(randomUUID()),
      object: 'chat.completion' as const,
      created: Math.floor(Date.now() / 1_000),
      model,
    },
    choices: [{ index: 0 as const, message, logprobs: null, finish_reason: 'stop' as const }],
    usage: chatUsage(new TurnReading(show, 0).usage),
  };
}
