import { stripVTControlCharacters } from 'node:util';

/** C0 and C1 controls except tab and newline, and characters that change the direction of text. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Characters that JSON does not escape though a terminal may act on them. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes text of an agent, a tool or a server safe for a terminal: it cannot move the cursor, set colours or the title,
 * make the terminal answer, or hide anything. Lines stay; a lone carriage return becomes a line break.
 */
export function sanitize(text: string): string {
  return stripVTControlCharacters(text).replace(/\r\n?/g, '\n').replace(UNSAFE, '');
}

/** `text` on one line, trimmed and with single spaces. */
export const oneLine = (text: string): string => sanitize(text).replace(/\s+/g, ' ').trim();

/** `value` as JSON that is safe to show in a terminal: one line, or indented by `indent` spaces. */
export const toJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(
    UNSAFE_IN_JSON,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
