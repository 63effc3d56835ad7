import { isSaid, type Said } from '../../contract/shared/said.ts';
import { toEvents } from './events.ts';
import { parseMessage, type ClaudeMessage } from './messages.ts';

/** A line of a transcript is a message of the output with more around it. */
type TranscriptLine = ClaudeMessage & { isSidechain?: boolean };

/** What the agent itself said and did according to its transcript; its subagents have lines of their own. */
export const saidInTranscript = (lines: readonly string[]): Said[] =>
  lines
    .map((line) => parseMessage(line) as TranscriptLine | undefined)
    .filter((line) => line !== undefined)
    .filter(({ isSidechain = false, type }) => !isSidechain && (type === 'assistant' || type === 'user'))
    .flatMap((line) => toEvents(line, false))
    .filter(isSaid);
