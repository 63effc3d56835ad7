/** An answer as it is kept and drawn: parts in the order in which they came. */

/** @import { Answer, Chat } from './chats.js' */
/**
 * @typedef {{ kind: 'thinking' | 'text' | 'note', text: string }} WordsPart
 * @typedef {{ kind: 'tool', id: string, name: string, input: unknown, output: string | null, failed: boolean }} ToolPart
 * @typedef {{ kind: 'approval', id: string, toolId: string, text: string, decision: string | null }} ApprovalPart
 *   `text`: as it came, since the server counts its characters
 * @typedef {WordsPart | ToolPart | ApprovalPart} Part
 * @typedef {{ cost_usd?: number | null, num_turns?: number, terminal_reason?: string }} Facts
 */

/**
 * Adds what a chunk of the stream says. Text that comes for another purpose than to answer, such as the words of an
 * approval, is no text part: it does not go into the history.
 * @param {Part[]} parts
 * @param {any} chunk
 * @returns {Facts | undefined} What the last chunk says of the whole answer.
 */
export function addChunk(parts, chunk) {
  const [choice] = chunk.choices ?? [];
  if (choice === undefined) return chunk.x_agenticore;
  const { content = '', reasoning_content: reasoning = '' } = choice.delta ?? {};
  switch (choice.x_agenticore_event_type) {
    case 'tool_use':
      parts.push(toolPart(choice));
      break;
    case 'tool_result':
      addResult(parts, choice, choice.x_agenticore_result ?? unfenced(content || reasoning));
      break;
    case 'approval_request':
      parts.push(approvalPart(choice, content));
      break;
    case 'restarted':
      dropText(parts, choice.x_agenticore_discard_chars ?? lengthOf(parts) - (choice.x_agenticore_keep_chars ?? 0));
      parts.push({ kind: 'note', text: reasoning.trim() || 'The agent began anew.' });
      break;
    case 'stream_config':
      parts.push({ kind: 'note', text: shownText(content) });
      break;
    default:
      if (reasoning) addWords(parts, 'thinking', reasoning);
      if (content) addWords(parts, 'text', content);
  }
  return undefined;
}

/** The text that goes into the history. @param {Part[]} parts */
export const textOf = (parts) => parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');

/** All that was said before an answer, as the API takes it. @param {Chat} chat @param {Answer} answer */
export function historyOf({ messages }, answer) {
  return messages.slice(0, messages.indexOf(answer)).flatMap((message) => {
    if (message.role === 'user') return [{ role: 'user', content: message.text }];
    const content = textOf(message.parts).trim();
    return content === '' ? [] : [{ role: 'assistant', content }];
  });
}

/** @param {Part[]} parts @param {'thinking' | 'text'} kind @param {string} words */
function addWords(parts, kind, words) {
  const last = parts.at(-1);
  if (last?.kind === kind) last.text += words;
  else parts.push({ kind, text: words });
}

/** @param {any} choice @returns {ToolPart} */
const toolPart = ({
  x_agenticore_tool_use_id: id,
  x_agenticore_tool_name: name = 'Tool',
  x_agenticore_input: input,
}) => ({
  ...{ kind: 'tool', id, name, input: input ?? null },
  ...{ output: null, failed: false },
});

/** @param {any} choice @param {string} text @returns {ApprovalPart} */
const approvalPart = ({ x_agenticore_approval_id: id, x_agenticore_tool_use_id: toolId }, text) => ({
  ...{ kind: 'approval', id, toolId, text, decision: null },
});

/** @param {Part[]} parts @param {any} choice @param {string} text */
function addResult(parts, { x_agenticore_tool_use_id: id, x_agenticore_is_error: failed }, text) {
  for (const part of parts) {
    if (part.kind === 'approval' && part.toolId === id) part.decision ??= failed ? 'denied' : 'allowed';
    if (part.kind === 'tool' && part.id === id) Object.assign(part, { output: text, failed: failed === true });
  }
}

/** What stands in the fence of a result; all of it where there is none. @param {string} text */
function unfenced(text) {
  const [, , inside] = /(`{3,})[^\n]*\n([\s\S]*)\n\1/.exec(text) ?? [];
  return inside ?? text.replace(/^\s*◉ [^\n]*\n?/, '').trimEnd();
}

/** What the server counts as said. @param {Part} part */
const contentOf = (part) => (part.kind === 'text' || part.kind === 'approval' ? [...part.text] : []);

/** @param {Part[]} parts */
const lengthOf = (parts) => parts.reduce((sum, part) => sum + contentOf(part).length, 0);

/**
 * Takes the last `count` characters away: they are void, and with all of them all that was done.
 * @param {Part[]} parts
 * @param {number} count
 */
function dropText(parts, count) {
  if (count > 0 && count >= lengthOf(parts)) return void parts.splice(0);
  for (let at = parts.length - 1, left = count; at >= 0 && left > 0; at--) {
    const part = /** @type {Part} */ (parts[at]);
    const points = contentOf(part);
    if (points.length <= left && points.length > 0) parts.splice(at, 1);
    else if (part.kind === 'text') part.text = points.slice(0, points.length - left).join('');
    left -= points.length;
  }
}

/** What a message that only sets what is shown has come to. @param {string} settings */
function shownText(settings) {
  const shown = JSON.parse(settings);
  const names = ['thinking', 'tools', 'narration', 'final'].filter((name) => shown[`show_${name}`] === true);
  return `Shown from now on: ${names.join(', ').replace('final', 'the final text') || 'nothing'}.`;
}
