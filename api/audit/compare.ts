import { isDeepStrictEqual } from 'node:util';
import type { Difference, AuditedSurface } from '../../contract/http/audit.ts';
import type { Said } from '../../contract/shared/said.ts';
import type { LoggedRun } from './log.ts';

/** What differs, and whether it may: where an answer was interrupted, or is under way, its end may be missing. */
export interface FoundDifference extends Difference {
  mayDiffer: boolean;
}

/** A part of what was said, and the run that said it, according to the log. */
interface Item {
  said: Said;
  run: LoggedRun;
}

type Words = Extract<Said, { text: string }>;

interface Comparison {
  surface: AuditedSurface;
  /** Runs of the log, in order. */
  runs: readonly LoggedRun[];
  /** What the other surface has of them, in order. */
  other: readonly Said[];
  /** Whether `other` begins with what was said elsewhere before: a fork has the conversation of its source. */
  hasPrefix?: boolean;
  /** Whether `other` has tool calls, and what they gave, as the log does; else only their ids are compared. */
  keepsCalls?: boolean;
}

/** Compares what the log says with another surface. Words are compared in order, tool calls by their ids. */
export function compareSaid({
  surface,
  runs,
  other: all,
  hasPrefix = false,
  keepsCalls = true,
}: Comparison): FoundDifference[] {
  const other = all.filter((said) => !('id' in said && runs.some(({ inner }) => inner.has(said.id))));
  const items = runs.flatMap((run) => run.said.map((said): Item => ({ said, run })));
  const found = [
    ...compareWords('text', items, other, hasPrefix),
    ...compareWords('thinking', items, other, hasPrefix),
    ...compareCalls(items, other, { hasPrefix, keepsCalls }),
  ];
  return found.map(({ run, what }) => ({
    ...{ surface, what, run: run?.number ?? null },
    mayDiffer: run !== undefined && !run.isSmooth,
  }));
}

/** A difference, and the run that it is about, or that it stands next to. */
interface Spot {
  run: LoggedRun | undefined;
  what: string;
}

const NAMES = { text: 'a text', thinking: 'a thought' } as const;

function compareWords(type: Words['type'], items: readonly Item[], other: readonly Said[], hasPrefix: boolean): Spot[] {
  const logged = items.flatMap(({ said, run }) => (said.type === type ? { text: said.text, run } : []));
  const all = other.flatMap((said) => (said.type === type ? said.text : []));
  const there = hasPrefix ? all.slice(Math.max(0, all.length - logged.length)) : all;
  const spots: Spot[] = [];
  let at = 0;
  for (const { text, run } of logged) {
    const next = there.findIndex((one, index) => index >= at && sameText(text, one));
    if (next === -1) spots.push({ run, what: `${NAMES[type]} of the event log is missing: ${excerpt(text)}` });
    else {
      for (const extra of there.slice(at, next)) spots.push({ run, what: unlogged(NAMES[type], extra) });
      at = next + 1;
    }
  }
  const last = logged.at(-1)?.run ?? items.at(-1)?.run;
  return [...spots, ...there.slice(at).map((extra) => ({ run: last, what: unlogged(NAMES[type], extra) }))];
}

function compareCalls(
  items: readonly Item[],
  other: readonly Said[],
  { hasPrefix, keepsCalls }: { hasPrefix: boolean; keepsCalls: boolean },
): Spot[] {
  const known = new Set<string>();
  const spots: Spot[] = [];
  for (const { said, run } of items) {
    if (said.type !== 'tool_use' && said.type !== 'tool_result') continue;
    known.add(`${said.type} ${said.id}`);
    const there = other.find((one) => one.type === said.type && one.id === said.id);
    if (there === undefined) spots.push({ run, what: `${nameOf(said)} is missing` });
    else if (keepsCalls && !sameCall(said, there)) spots.push({ run, what: `${nameOf(said)} is not the same` });
  }
  if (hasPrefix) return spots;
  const extra = other.filter((said) => 'id' in said && !known.has(`${said.type} ${said.id}`));
  const last = items.at(-1)?.run;
  return [...spots, ...extra.map((said) => ({ run: last, what: `${nameOf(said)} is not in the event log` }))];
}

const nameOf = (said: Said): string =>
  said.type === 'tool_use'
    ? `the call ${said.id} of ${said.name}`
    : `the result of the call ${'id' in said ? said.id : ''}`;

function sameCall(logged: Said, there: Said): boolean {
  if (logged.type === 'tool_use' && there.type === 'tool_use')
    return logged.name === there.name && sameInput(logged.input, there.input);
  if (logged.type !== 'tool_result' || there.type !== 'tool_result') return false;
  return logged.is_error === there.is_error && sameText(logged.content, there.content);
}

const sameInput = (logged: unknown, there: unknown): boolean =>
  isDeepStrictEqual(logged, there) || sameText(JSON.stringify(logged) ?? '', JSON.stringify(there) ?? '');

/** The log masks secrets as `<NAME>`: whatever stands there in the other text is the same. */
function sameText(logged: string, there: string): boolean {
  if (logged === there) return true;
  const [first = '', ...rest] = logged.split(/<[A-Z][A-Z0-9_]+>/);
  if (rest.length === 0 || !there.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const next = there.indexOf(part, at);
    if (next === -1) return false;
    at = next + part.length;
  }
  return there.endsWith(rest.at(-1) ?? '');
}

const excerpt = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** The other surface may hold what the log masks: its words are not repeated. */
const unlogged = (what: string, text: string): string => `${what} of ${text.length} characters is not in the event log`;
