import { toolWords } from '../../../contract/shared/tool-labels.ts';
import type { Piece } from './pieces.ts';

export type ToolUsePiece = Extract<Piece, { kind: 'tool_use' }>;
export type ToolResultPiece = Extract<Piece, { kind: 'tool_result' }>;
export type Approval = Extract<Piece, { kind: 'approval' }>;

/** Longest words of a call in one line (characters). */
const MAX_WORDS = 200;

/** Largest result in a frame (bytes); the event log has more. */
const MAX_RESULT_BYTES = 16 * 1024;

/** A fence that is longer than every run of backticks in `text`. */
export function fencedBlock(text: string, label = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${label}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}

/** What a tool is called with, in one line: as code, where there is something to show. */
export function codeWords(input: unknown): string {
  const words = callLine(input);
  if (words === '') return '';
  const ticks = '`'.repeat(longestRun(words) + 1);
  const pad = words.startsWith('`') || words.endsWith('`') ? ' ' : '';
  return ` ${ticks}${pad}${words}${pad}${ticks}`;
}

/** The same as plain text. */
export function callLine(input: unknown): string {
  const words = toolWords(input).replace(/\s+/g, ' ').trim();
  const characters = [...words];
  return characters.length > MAX_WORDS ? `${characters.slice(0, MAX_WORDS).join('')}…` : words;
}

/** The result of a tool as far as a frame has it. */
export function cutResult({ content, truncated_bytes }: ToolResultPiece): { text: string; truncated: number } {
  const bytes = Buffer.from(content);
  if (bytes.length <= MAX_RESULT_BYTES) return { text: content, truncated: truncated_bytes };
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_RESULT_BYTES), { stream: true });
  return { text, truncated: truncated_bytes + bytes.length - Buffer.byteLength(text) };
}

/** How a chat shows that something waits for the user's decision. */
export const approvalText = ({ id, name, input }: Approval): string =>
  `**Approval needed** \`${id}\`: ${name}${codeWords(input)}\nReply \`/approve ${id}\` or \`/deny ${id} reason\`.\n`;

const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
