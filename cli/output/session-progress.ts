import type { LoggedEvent, StreamEvent } from '../../contract/workflow/stream-events.ts';
import { colors } from './format.ts';
import { createProgress } from './progress.ts';
import { oneLine, sanitize } from './sanitize.ts';

/**
 * Formats a session's events for a person and passes them to `write`. Messages whose id `isKnown` accepts are not
 * shown: the reader has typed them.
 */
export const createSessionProgress = (
  write: (text: string) => void,
  isKnown: (messageId: string) => boolean = () => false,
): ((logged: LoggedEvent) => void) => createProgress(write, (event) => sessionLine(event, isKnown));

/** What only sessions have, or show in another way than jobs: a line, or null for what need not be seen. */
function sessionLine(event: StreamEvent, isKnown: (messageId: string) => boolean): string | null | undefined {
  switch (event.type) {
    case 'user_message':
      return isKnown(event.id) ? null : said('›', event.text);
    case 'message':
      return isKnown(event.id) ? null : said(`› ${oneLine(event.role)}:`, event.text);
    // Each message begins with these two; only what is new is worth a line.
    case 'started':
      return event.resumed ? null : undefined;
    case 'stage':
      return event.stage === 'running_agent' ? null : undefined;
    case 'approval_decided':
      return decided(event);
    case 'child_spawned':
      return colors.cyan(`⑂ child ${oneLine(event.run_id)}: ${oneLine(event.task)}`);
    case 'child_run_ended':
      return colors.cyan(`⑂ child ${oneLine(event.run_id)} ${event.status}: ${oneLine(event.text)}`);
    case 'escalation':
      return colors.yellow(
        `⑂ ${oneLine(event.request_kind)} of child ${oneLine(event.from_run_id)}: ${oneLine(event.text)}`,
      );
    case 'session_closed':
      return `${colors.cyan('■')} the session is closed`;
    default:
      return undefined;
  }
}

const said = (mark: string, text: string): string =>
  sanitize(text)
    .trim()
    .split('\n')
    .map((line, i) => colors.bold(`${i === 0 ? mark : ' '.repeat(mark.length)} ${line}`))
    .join('\n');

function decided({ decision, name, by, via, reason }: Extract<StreamEvent, { type: 'approval_decided' }>): string {
  const who = [by, via].filter((each) => each !== null).map(oneLine);
  const words = `${oneLine(name)} was ${decision}${who.length === 0 ? '' : ` by ${who.join(', ')}`}`;
  const line = reason === null ? words : `${words}: ${oneLine(reason)}`;
  return decision === 'allowed' ? colors.green(`✓ ${line}`) : colors.yellow(`✗ ${line}`);
}
