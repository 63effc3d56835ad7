import type { ChatMessage } from '../turn.ts';
import { readDecision, type ChatDecision } from './decision.ts';
import { readToggles, type Toggles } from './toggles.ts';

/** A client's history, as the agent is to know it. */
export interface History {
  /** What the system and developer messages say. */
  instructions: string | undefined;
  /** What was said before the last message of the user, without what was said to us and not to the agent. */
  before: readonly ChatMessage[];
  /** The last message of the user, without its toggles. */
  last: ChatMessage;
  toggles: Toggles;
  /** What the last message decides, in place of saying something to the agent. */
  decision: ChatDecision | undefined;
}

/** Our words for a tool call and its result in the text of an answer, for those who have them there. */
const TOOL_FENCE = /^(`{3,})(?:tool_use|tool_result)\b[^\n]*\n[\s\S]*?^\1`*[^\S\n]*$/gm;

/** Our words for an approval that is waited for. */
const APPROVAL = /^\*\*Approval needed\*\* `[^\n]*\nReply `\/approve [^\n]*$/gm;

/** An answer as the agent said it, as far as its text tells. */
export const withoutMarkup = (text: string): string => text.replace(TOOL_FENCE, '').replace(APPROVAL, '');

/** What system messages say together. */
export function instructionsIn(texts: readonly string[]): string | undefined {
  const said = texts.filter((text) => text.trim() !== '');
  return said.length === 0 ? undefined : said.join('\n\n');
}

/** Reads a history whose last message is the user's; undefined where it has none of the user. */
export function readHistory(messages: readonly ChatMessage[]): History | undefined {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  const last = messages[at];
  if (last === undefined) return undefined;
  const toggles = readToggles(last.text);
  return {
    instructions: instructionsIn(messages.filter(({ role }) => role === 'system').map(({ text }) => text)),
    before: saidToAgent(messages.slice(0, at).filter(({ role }) => role !== 'system')),
    last: { ...last, text: toggles.text },
    toggles,
    decision: readDecision(toggles.text),
  };
}

/**
 * Messages without those that were for us, and the answers to them; the parts of an answer that a decision has cut in
 * two are one.
 */
function saidToAgent(messages: readonly ChatMessage[]): ChatMessage[] {
  const kept: ChatMessage[] = [];
  let isForUs = false;
  for (const message of messages) {
    const before = kept.at(-1);
    if (message.role === 'user') {
      const { text, found } = readToggles(message.text);
      isForUs = found && isBlank({ ...message, text });
      if (!isForUs && readDecision(text) === undefined) kept.push({ ...message, text });
    } else if (!isForUs) {
      const text = withoutMarkup(message.text);
      if (text.trim() === '') continue;
      if (before?.role === 'assistant') kept.splice(-1, 1, { ...before, text: `${before.text}\n\n${text}` });
      else kept.push({ ...message, text });
    }
  }
  return kept;
}

/** Whether a message says nothing. */
export const isBlank = ({ text, images }: ChatMessage): boolean => text.trim() === '' && images.length === 0;

/** Reads what a client asks for itself, such as a title: it quotes what was said to us, and is not said to us. */
export function readTask(messages: readonly ChatMessage[]): History | undefined {
  const last = messages.findLast(({ role }) => role === 'user');
  if (last === undefined) return undefined;
  const { instructions } = readHistory(messages) ?? {};
  const before = messages.slice(0, messages.lastIndexOf(last)).filter(({ role }) => role !== 'system');
  return { instructions, before, last, toggles: { text: last.text, found: false, changes: {} }, decision: undefined };
}
