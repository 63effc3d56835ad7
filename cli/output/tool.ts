import { clean, oneLine } from './clean.ts';

/** The fields of a tool's input that say most about the call, best first. */
const TELLING = ['command', 'file_path', 'path', 'notebook_path', 'pattern', 'url', 'query', 'description', 'prompt'];

/** What a tool is called with, on one line: its most telling field, else its input as JSON. */
export function toolInput(input: unknown): string {
  if (input === null || input === undefined) return '';
  if (typeof input !== 'object') return oneLine(JSON.stringify(input));
  const fields = input as Record<string, unknown>;
  const telling = TELLING.map((name) => fields[name]).find((value) => typeof value === 'string');
  if (telling !== undefined) return oneLine(telling);
  return Object.keys(fields).length === 0 ? '' : oneLine(JSON.stringify(input));
}

/** The first line of what a tool answered, and how many more there are. */
export function toolAnswer(content: string): { first: string; more: number } {
  const lines = clean(content)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return { first: (lines[0] ?? '').trim(), more: Math.max(0, lines.length - 1) };
}
