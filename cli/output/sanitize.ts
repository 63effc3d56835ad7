import { stripVTControlCharacters } from 'node:util';

/** C0 and C1 controls except tab and newline, and what turns the direction of text around. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What JSON leaves as it is though a terminal may obey it. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text of an agent, a tool or a server as it may be shown in a terminal: it can neither move the cursor, nor colour,
 * rename, answer or hide anything. Lines stay; a lone carriage return begins a new one.
 */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(/\r\n?/g, '\n').replace(UNSAFE, '');
}

/** `text` on one line, without the space around it and with single spaces in it. */
export const oneLine = (text: string): string => clean(text).replace(/\s+/g, ' ').trim();

/** `value` as one line of JSON that is safe to show in a terminal. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE_IN_JSON, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
