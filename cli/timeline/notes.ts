import type { RunResult } from '../../contract/shared/events.ts';
import { checkTime, outcomeWords } from '../../contract/workflow/checks.ts';
import type { StreamEvent } from '../../contract/workflow/stream-events.ts';
import { count, formatCost, toolInput } from '../output/format.ts';
import { oneLine } from '../output/sanitize.ts';

/** What was remarkable, on one line. */
export interface TimelineNote {
  text: string;
  tone?: 'good' | 'bad' | 'warn';
  /** It takes the place of the note before it that has the same. */
  instead?: string;
}

/** What a timeline says of an event; undefined where it says nothing. */
export function noteOf(event: StreamEvent): TimelineNote | undefined {
  switch (event.type) {
    case 'started':
      return {
        text: `${oneLine(event.model)} ${event.resumed ? 'resumes' : 'starts'} session ${oneLine(event.session_id)}`,
      };
    case 'retrying':
      if ('stage' in event)
        return { text: `try ${event.attempt} after ${oneLine(event.code)}: ${oneLine(event.reason)}`, tone: 'warn' };
      return {
        text: `asks the model again (${event.attempt}): ${oneLine(event.reason)}`,
        tone: 'warn',
        instead: 'model',
      };
    case 'restarted':
      return { text: `the agent starts again: ${oneLine(event.reason)}`, tone: 'warn' };
    case 'warning':
      return { text: oneLine(event.message), tone: 'warn' };
    case 'command_ended':
      return checkNote(event);
    case 'approval_requested':
      return { text: `${oneLine(event.name)} waits for approval: ${toolInput(event.input)}`, tone: 'warn' };
    case 'approval_resolved':
      return { text: `the approval was ${event.decision}`, tone: event.decision === 'allowed' ? 'good' : 'bad' };
    case 'run_ended':
      return endNote(event.result);
    case 'gap':
      return { text: `events ${event.from} to ${event.to} have been deleted`, tone: 'warn' };
    default:
      return undefined;
  }
}

function checkNote(event: Extract<StreamEvent, { type: 'command_ended' }>): TimelineNote {
  const { phase, round, command, outcome } = event;
  const which = round > 1 ? `${phase} (${round})` : phase;
  const words = [oneLine(command), outcomeWords(event), checkTime(event)].filter(Boolean).join(', ');
  return { text: `${which}: ${words}`, tone: outcome === 'passed' ? 'good' : outcome === 'skipped' ? 'warn' : 'bad' };
}

function endNote(result: RunResult): TimelineNote {
  const { usage, cost_usd } = result;
  const parts = [
    'num_turns' in result ? count(result.num_turns, 'turn') : [],
    usage === undefined ? [] : `${count(usage.output_tokens, 'token')} out`,
    cost_usd == null ? [] : formatCost(cost_usd),
  ].flat();
  const spent = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  if (result.status === 'succeeded') return { text: `the agent has finished${spent}`, tone: 'good' };
  if (result.status === 'interrupted') return { text: `the agent was interrupted${spent}`, tone: 'warn' };
  return { text: `the agent failed (${oneLine(result.code)}): ${oneLine(result.message)}`, tone: 'bad' };
}
