/** Branches, tags and commits as callers name them. No zod, no I/O. */

const MAX_REF_BYTES = 255;
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Stands before a ref that may have a path of the repository behind it, which only the repository can tell apart: the
 * page `/tree/a/b` shows the branch a/b, or the folder b of a. No ref can begin so.
 */
export const REF_AND_PATH = 'tree:';

/**
 * Whether `text` may name a branch or a tag (`git check-ref-format --branch`) or is a full commit id; at most 255
 * bytes.
 */
export function isGitRef(text: string): boolean {
  if (text === '' || text === '@' || text === 'HEAD' || text.startsWith('-') || text.endsWith('.')) return false;
  if (new TextEncoder().encode(text).length > MAX_REF_BYTES || CONTROL.test(text)) return false;
  if (/\.\.|@\{|[ ~^:?*[\\]/.test(text)) return false;
  return text.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
