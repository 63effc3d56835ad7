import type { Said } from '../contract/shared/said.ts';
import { sessions as claudeSessions } from './claude/sessions.ts';
import { saidInTranscript as saidByClaude } from './claude/transcript.ts';
import { sessions as codexSessions } from './codex/sessions.ts';
import { saidInTranscript as saidByCodex } from './codex/transcript.ts';

// api/ imports this file and runners/sections.ts, and nothing else of runners/.

/** Path of the transcript of a session in its configuration directory, whichever agent's it is. */
export const findTranscript = async (configDir: string, sessionId: string): Promise<string | undefined> =>
  (await claudeSessions.find(configDir, sessionId)) ?? (await codexSessions.find(configDir, sessionId));

/** What a transcript says, and whether it has tool calls, and what they gave, as events do: else only their ids are. */
export function readTranscript(text: string): { said: Said[]; keepsCalls: boolean } {
  const lines = text.split('\n');
  if (lines[0]?.includes('"type":"session_meta"')) return { said: saidByCodex(lines), keepsCalls: false };
  return { said: saidByClaude(lines), keepsCalls: true };
}
