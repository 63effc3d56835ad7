import type { RunResult } from '../../contract/shared/events.ts';
import type { LoggedEvent, StreamEvent } from '../../contract/workflow/stream-events.ts';
import { checkTime, outcomeWords } from '../../contract/workflow/checks.ts';
import { sanitize, oneLine } from './sanitize.ts';
import { fit, terminalWidth } from './width.ts';
import { retryWords } from '../../contract/workflow/retries.ts';
import { stageLabel } from '../../contract/workflow/job-stages.ts';
import { colors, formatCost, count, localTime, toolAnswer, toolInput } from './format.ts';

/** Lines of a failed command's output that are shown, and characters from which they are taken. */
const TAIL_LINES = 12;
const MAX_TAIL = 8_192;

/**
 * Formats a job's events for a person and passes them to `write`. `other` may show an event in another way: as a line,
 * or not at all (null).
 */
export function createProgress(
  write: (text: string) => void,
  other: (event: StreamEvent) => string | null | undefined = () => undefined,
): (logged: LoggedEvent) => void {
  const text = createTextFlow(write);
  const written = createTail();
  let thinking = false;
  return ({ event }) => {
    if (event.type === 'command_output') return written.add(event.text);
    if (event.type === 'text_delta') return text.delta(event.text);
    if (event.type === 'text') return text.block(event.text);
    if (event.type === 'thinking_delta' || event.type === 'thinking') {
      // One line says that the agent thinks; the thought itself is not shown.
      if (!thinking) text.line(colors.dim('… thinking'));
      thinking = true;
      return;
    }
    thinking = false;
    // Of a command that does not pass, the end of what it wrote tells why.
    if (event.type === 'command_ended')
      for (const line of written.take()) if (event.outcome !== 'passed') text.line(colors.dim(`  │ ${line}`));
    const own = other(event);
    const line = own === undefined ? describe(event) : own;
    if (line !== undefined && line !== null) text.line(line);
  };
}

/** The last lines of what a command has written. */
function createTail() {
  let tail = '';
  return {
    add(text: string): void {
      tail = (tail + text).slice(-MAX_TAIL);
    },
    take(): string[] {
      const lines = sanitize(tail).trimEnd().split('\n').slice(-TAIL_LINES);
      tail = '';
      return lines.map((line) => fit(line, terminalWidth() - 4));
    },
  };
}

/** Joins fragments of text, whole blocks and lines, so that no text is shown twice and each line starts on its own. */
function createTextFlow(write: (text: string) => void) {
  let shown = '';
  let midLine = false;
  const flow = (text: string): void => {
    const safe = sanitize(text);
    if (safe === '') return;
    write(safe);
    midLine = !safe.endsWith('\n');
  };
  const endBlock = (): void => {
    if (midLine) write('\n');
    midLine = false;
    shown = '';
  };
  return {
    delta(text: string): void {
      shown += text;
      flow(text);
    },
    /**
     * A whole block: shows what its fragments have not shown. Which fragments were read depends on where reading began.
     */
    block(text: string): void {
      if (text.startsWith(shown)) flow(text.slice(shown.length));
      else if (!text.endsWith(shown)) {
        endBlock();
        flow(text);
      }
      endBlock();
    },
    line(text: string): void {
      endBlock();
      write(`${text}\n`);
    },
  };
}

type Shown = Exclude<StreamEvent, { type: 'text' | 'text_delta' | 'thinking' | 'thinking_delta' | 'command_output' }>;

/** The event on one line; undefined for one that a person need not see. */
function describe(event: Shown): string | undefined {
  switch (event.type) {
    case 'stage':
      if (event.detail !== undefined) return colors.dim(cut(`  ${oneLine(event.detail)}`));
      return `${colors.cyan('●')} ${oneLine(stageLabel(event.stage))}${event.host === undefined ? '' : colors.dim(` on ${oneLine(event.host)}`)}`;
    case 'started':
      return colors.dim(
        `  ${oneLine(event.model)} ${event.resumed ? 'resumes' : 'starts'} session ${oneLine(event.session_id)}`,
      );
    case 'tool_use':
      return toolLine(event.name, event.input);
    case 'tool_result':
      return answerLine(event.content, event.is_error);
    case 'approval_requested':
      return colors.yellow(cut(`? ${oneLine(event.name)} waits for approval: ${toolInput(event.input)}`));
    case 'retrying':
      if ('stage' in event) return colors.yellow(`↻ ${oneLine(retryWords(event, localTime))}`);
      return colors.yellow(cut(`↻ retrying (attempt ${event.attempt}): ${oneLine(event.reason)}`));
    case 'restarted':
      return colors.yellow(cut(`↻ the agent starts again: ${oneLine(event.reason)}`));
    case 'run_ended':
      return endLine(event.result);
    case 'waiting':
      return colors.yellow(cut(`… waiting until ${localTime(event.until)}: ${oneLine(event.reason)}`));
    case 'warning':
      return colors.yellow(`! ${oneLine(event.message)}`);
    case 'command_started':
      return `${colors.green('$')} ${colors.bold(cut(oneLine(event.command)))}`;
    case 'command_ended': {
      const words = `${outcomeWords(event)}, ${checkTime(event)}`;
      return event.outcome === 'passed' ? colors.dim(`  ✓ ${words}`) : colors.red(`  ✗ ${words}`);
    }
    case 'gap':
      return colors.yellow(`! events ${event.from} to ${event.to} have been deleted`);
    case 'ended': {
      const why = event.message === undefined ? '' : `: ${oneLine(event.message)}`;
      const code = event.code === undefined || event.code === event.status ? '' : ` (${oneLine(event.code)})`;
      return `${colors.cyan('■')} ${oneLine(event.status)}${why}${code}`;
    }
    default:
      // The message that the agent got, a decided approval, and events of a newer server.
      return undefined;
  }
}

function endLine(result: RunResult): string {
  if (result.status === 'failed') return colors.red(`✗ ${oneLine(result.message)} (${oneLine(result.code)})`);
  if (result.status === 'interrupted') return colors.yellow('✗ the agent was interrupted');
  const cost = result.cost_usd === null ? '' : `, ${formatCost(result.cost_usd)}`;
  return colors.dim(`  the agent has finished: ${count(result.num_turns, 'turn')}${cost}`);
}

function toolLine(name: string, input: unknown): string {
  const called = oneLine(name);
  const telling = toolInput(input);
  const room = terminalWidth() - called.length - 5;
  return `${colors.green('▶')} ${colors.bold(called)}${telling === '' ? '' : ` ${colors.dim('`')}${fit(telling, room)}${colors.dim('`')}`}`;
}

function answerLine(content: string, isError: boolean): string | undefined {
  const { first, more } = toolAnswer(content);
  if (first === '') return isError ? colors.red('  ✗ failed') : undefined;
  const rest = more === 0 ? '' : ` (${count(more, 'more line')})`;
  const shown = fit(first, terminalWidth() - 4 - rest.length) + rest;
  return isError ? colors.red(`  ✗ ${shown}`) : colors.dim(`  ⎿ ${shown}`);
}

const cut = (line: string): string => fit(line, terminalWidth());
