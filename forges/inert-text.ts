/** An invisible character that splits what a forge would act upon. */
const SPLIT = '\u200b';

// CSI and OSC sequences, then any other escape.
const ANSI = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]?/g;
// Controls but tab and line end; characters that reorder or hide text.
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
// Half a character, which no forge takes.
const LONE = /[\ud800-\udfff]/gu;

const REFERENCE = String.raw`(?:#\d|!\d|GH-\d|https?:|[A-Z][A-Z0-9_]{1,20}-\d)`;
const CLOSING = new RegExp(
  String.raw`\b(clos|fix|resolv|implement)(?=(?:e[sd]?|es|ed|ing|s)?\b[\s\S]{0,60}?${REFERENCE})`,
  'gi',
);
const SPLITS: readonly (readonly [RegExp, string])[] = [
  // A keyword that closes an issue, before what may be one: `Fixes #1`, `Closes https://…/issues/1`, `Resolves ABC-1`.
  [CLOSING, `$1${SPLIT}`],
  // Issues, merge requests, `org/repo#1`, and GitHub's older spelling.
  [/([#!])(?=\d)/g, `$1${SPLIT}`],
  [/(GH-)(?=\d)/gi, `$1${SPLIT}`],
  // Mentions of people, teams and everyone.
  [/@(?=[\w.-])/g, `@${SPLIT}`],
  // Tags, comments, declarations and their ends.
  [/<(?=[a-z/!?])/gi, `<${SPLIT}`],
  [/-->/g, `--${SPLIT}>`],
  // Images are loaded from wherever they say.
  [/!\[/g, `!${SPLIT}[`],
  // Commands to GitLab and to bots stand at the beginning of a line: /merge, /approve.
  [/^([ \t>]*)\/(?=[a-z])/gim, `$1/${SPLIT}`],
];

/** `text` as it reads, without anything that a forge acts upon, a terminal obeys or a reader is deceived by. */
export function defuse(text: string): string {
  const clean = text.replace(/\r\n?/g, '\n').replace(ANSI, '').replace(INVISIBLE, '').replace(LONE, '\ufffd');
  return SPLITS.reduce((rest, [pattern, split]) => rest.replace(pattern, split), clean);
}

/** The first line of `text` that is not blank. */
export const firstLine = (text: string): string =>
  text
    .split(/[\r\n]/)
    .map((line) => line.replace(ANSI, '').replace(/\s+/g, ' ').trim())
    .find((line) => line !== '') ?? '';

/** `text` as a block of code that it cannot end. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** The first `max` characters of `text`, with `mark` at its end where something was cut. */
export function cut(text: string, max: number, mark = '\n\n… (cut)'): string {
  if (text.length <= max) return text;
  return text.slice(0, max - mark.length).replace(/[\ud800-\udbff]$/, '') + mark;
}
