import { toolWords } from '../../contract/shared/tool-labels.ts';
import { clean, oneLine } from './sanitize.ts';

/** What a tool is called with, on one line. */
export const toolInput = (input: unknown): string => oneLine(toolWords(input));

/** The first line of what a tool answered, and how many more there are. */
export function toolAnswer(content: string): { first: string; more: number } {
  const lines = clean(content)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return { first: oneLine(lines[0] ?? ''), more: Math.max(0, lines.length - 1) };
}
