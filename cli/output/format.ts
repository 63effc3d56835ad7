import { createColors } from 'picocolors';
import { inTermsOf } from '../../contract/http/terms.ts';
import type { PlanRecord } from '../../contract/http/plan.ts';
import { toolWords } from '../../contract/shared/tool-labels.ts';
import { stageLabel } from '../../contract/workflow/job-stages.ts';
import { sanitize, oneLine } from './sanitize.ts';

/** Colours on a terminal that has them; NO_COLOR switches them off, FORCE_COLOR on. */
export const colors = createColors(wantsColors(process.env, process.stdout.isTTY === true));

function wantsColors(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}

/** A length of time in its two largest units: `850 ms`, `12 s`, `3m 20s`, `2h 5m`, `4d 1h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const s = Math.round(ms / 1_000);
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)}m ${s % 60}s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)}h ${Math.floor((s % 3_600) / 60)}m`;
  return `${Math.floor(s / 86_400)}d ${Math.floor((s % 86_400) / 3_600)}h`;
}

/** Money in dollars; more digits where two would show nothing. */
export const formatCost = (usd: number): string => `$${usd.toFixed(usd !== 0 && usd < 0.01 ? 4 : 2)}`;

/** `1 turn`, `12 turns`. */
export const count = (number: number, what: string): string =>
  `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;

/** A size in the largest unit of which there is at least one: `512 B`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const size = bytes / 1024 ** power;
  return `${power === 0 ? size : size.toFixed(1)} ${units[power]}`;
}

/** What to do about an error, in terms of the command line. */
export const nextStepLine = (nextStep: string): string => oneLine(inTermsOf('cli', nextStep));

/** A time (ISO 8601) as the clock on the wall shows it: `2026-03-04 15:06:07`. */
export const localTime = (time: string): string => new Date(time).toLocaleString('sv-SE');

/** `text` on one line; null stays null. */
export const lineOf = (text: string | null): string | null => (text === null ? null : oneLine(text));

/** What a tool is called with, on one line. */
export const toolInput = (input: unknown): string => oneLine(toolWords(input));

/** The first line of what a tool answered, and how many more there are. */
export function toolAnswer(content: string): { first: string; more: number } {
  const lines = sanitize(content)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return { first: oneLine(lines[0] ?? ''), more: Math.max(0, lines.length - 1) };
}

/** The text of a plan; for one that is not ready, its state or its error. */
export function planText({ status, content, stage, error, error_code, next_step }: PlanRecord): string {
  if (status === 'ready') return sanitize(content ?? '').trim();
  if (status === 'pending') return `${colors.cyan('■')} pending: ${stageLabel(oneLine(stage))}`;
  const why = `${oneLine(error ?? '')}${error_code === null ? '' : ` (${oneLine(error_code)})`}`;
  const next = next_step === null ? [] : [`next: ${nextStepLine(next_step)}`];
  return [`${colors.red('✗ failed')}: ${why}`, ...next].join('\n');
}
