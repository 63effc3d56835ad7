import { codeIn } from './markdown-code.ts';

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
  String.raw`\b(?:clos|fix|resolv|implement)(?=(?:e[sd]?|es|ed|ing|s)?\b[\s\S]{0,60}?${REFERENCE})`,
  'gi',
);

/** Each matches what comes before a split. */
const SPLITS: readonly RegExp[] = [
  // A keyword that closes an issue, before what may be one: `Fixes #1`, `Closes https://…/issues/1`, `Resolves ABC-1`.
  CLOSING,
  // Issues, merge requests, `org/repo#1`, and GitHub's older spelling.
  /[#!](?=\d)/g,
  /GH-(?=\d)/gi,
  // Mentions of people, teams and everyone.
  /@(?=[\w.-])/g,
  // Tags, comments, declarations and their ends.
  /<(?=[a-z/!?])/gi,
  /--(?=>)/g,
  // Images are loaded from wherever they say.
  /!(?=\[)/g,
  // Commands to GitLab and to bots stand at the beginning of a line: /merge, /approve.
  /^[ \t>]*\/(?=[a-z])/gim,
];

/** What has no checks run: `[skip ci]`, `[ci-skip]`, `[no ci]`, `***NO_CI***`, `skip-checks: true`. */
const NO_CHECKS: readonly RegExp[] = [
  /\[(?=(?:[\w-]+[ -])?(?:skip|no)[ -]?[\w-]*\]|[\w-]+[ -]skip\])/gi,
  /NO_(?=CI)/gi,
  /skip-(?=checks\s*:)/gi,
];

/** An address on the web, which is inert as it is and would lead nowhere with a split in it. */
const LINK = /https?:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?(?:[/?#][^\s<>"'`()[\]{}|\\]*)?/gi;

/**
 * `text` as it reads, without anything that a forge acts upon, a terminal obeys or a reader is deceived by. Code and
 * links stay as they are, so that they can be copied.
 */
export function defuse(text: string): string {
  const clean = visible(text);
  return split(clean, [...SPLITS, ...NO_CHECKS], [...codeIn(clean), ...linksIn(clean)]);
}

/** The same for what is read as plain text, such as the message of a commit: code and links in it are obeyed, too. */
export function defusePlain(text: string): string {
  const clean = split(visible(text), NO_CHECKS, []);
  return split(clean, SPLITS, linksIn(clean));
}

const linksIn = (text: string): (readonly [from: number, to: number])[] =>
  [...text.matchAll(LINK)].map(({ index, 0: link }) => [index, index + link.length] as const);

const visible = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(ANSI, '').replace(INVISIBLE, '').replace(LONE, '\ufffd');

/** `text` with a split after each match of `patterns` that is not within `inert`. */
function split(text: string, patterns: readonly RegExp[], inert: readonly (readonly [number, number])[]): string {
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((it) => it.index + it[0].length));
  const live = [...new Set(found)].filter((at) => !inert.some(([from, to]) => at > from && at < to));
  const places = live.sort((a, b) => a - b);
  const parts = places.map((at, place) => text.slice(places[place - 1] ?? 0, at));
  return [...parts, text.slice(places.at(-1) ?? 0)].join(SPLIT);
}

/** The first line of `text` that is not blank. */
export const firstLine = (text: string): string =>
  text
    .split(/[\r\n]/)
    .map((line) => line.replace(ANSI, '').replace(/\s+/g, ' ').trim())
    .find((line) => line !== '') ?? '';
