import { createHmac, timingSafeEqual } from 'node:crypto';
import { SessionId } from './session.ts';

/** What a token of a session begins with, so that a person sees what it is. */
const PREFIX = 'ast_';

/**
 * The token by which the agent of a session may spawn, send, wait and answer in its name, and nothing else. It is good
 * while a run of the session is under way.
 */
export const sessionToken = (key: Buffer, sessionId: string): string => `${PREFIX}${sessionId}.${seal(key, sessionId)}`;

/** The session whose token it is; undefined where it is none that was made with `key`. */
export function sessionOfToken(key: Buffer, token: string): string | undefined {
  const [sessionId = '', given = ''] = token.startsWith(PREFIX) ? token.slice(PREFIX.length).split('.') : [];
  if (!SessionId.safeParse(sessionId).success) return undefined;
  const [one, other] = [Buffer.from(given), Buffer.from(seal(key, sessionId))];
  return one.length === other.length && timingSafeEqual(one, other) ? sessionId : undefined;
}

const seal = (key: Buffer, sessionId: string): string =>
  createHmac('sha256', key).update(sessionId).digest('base64url');
