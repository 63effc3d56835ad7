import { createHash } from 'node:crypto';
import { invalid } from '../http/api-error.ts';

const MARK_BYTES = 8;

/**
 * What a page of `query` is followed by, as callers are given it: Temporal's token with a mark by which it is known
 * again.
 */
export function writeCursor(query: string, token: Uint8Array | null | undefined): string | null {
  if (!token?.length) return null;
  return Buffer.concat([mark(query, token), token]).toString('base64url');
}

/**
 * Temporal's token of a cursor that `writeCursor` wrote for the same query; Temporal takes seconds to refuse any other.
 */
export function readCursor(query: string, cursor: string): Uint8Array {
  const bytes = Buffer.from(cursor, 'base64url');
  const token = bytes.subarray(MARK_BYTES);
  if (token.length > 0 && mark(query, token).equals(bytes.subarray(0, MARK_BYTES))) return token;
  throw invalid('cursor', 'must be next_cursor of the previous page, with the same filters');
}

const mark = (query: string, token: Uint8Array): Buffer =>
  createHash('sha256').update(`${query}\0`).update(token).digest().subarray(0, MARK_BYTES);
