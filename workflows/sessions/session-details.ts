/** What the Web UI shows of a session. */
import { cut, inlineCode, singleLine } from '../../contract/shared/markdown.ts';
import { toolWords } from '../../contract/shared/tool-labels.ts';
import type { ApprovalState } from '../../contract/workflow/approval-state.ts';
import type { RunBrief, SessionState } from '../../contract/workflow/session-state.ts';
import { deliveryRows, detailsOf, failureRows, codeOf, spentRows, warningRows } from '../web-ui-details.ts';

/** Most approvals and children that are told of. */
const MAX_LISTED = 10;

/** Its state, then what waits for a decision and how to decide it, then its children. */
export function describeSession(now: SessionState): string {
  const { status, active, queue, ended_runs, hostname, spent, error, approvals, children, warnings } = now;
  const pending = approvals.filter((each) => each.status === 'pending').slice(0, MAX_LISTED);
  const rows = {
    status,
    run: active && runWords(active),
    'next runs': queue.length === 0 ? null : queue.slice(0, MAX_LISTED).map(runWords).join(', '),
    'ended runs': ended_runs === 0 ? null : String(ended_runs),
    host: codeOf(hostname),
    ...deliveryRows(now),
    ...failureRows(error),
    ...spentRows(spent),
    ...warningRows(warnings),
  };
  return detailsOf(
    rows,
    ...pending.map(approvalWords),
    ...(children.length === 0 ? [] : ['**Child sessions**', children.slice(-MAX_LISTED).map(childLine).join('\n')]),
  );
}

const runWords = ({ number, message }: RunBrief): string => `${number}, ${inlineCode(message.text, 80)}`;

/** A call that waits: what it is, and the two commands that decide it. */
function approvalWords({ id, tool, input, expires_at }: ApprovalState): string {
  const command = (verb: string): string => `\`agenticore session ${verb} ${id}\``;
  const words = cut(singleLine(toolWords(parsed(input))), 200, '…');
  return [
    `**Waits for a decision** until ${expires_at}: ${inlineCode(`${tool}: ${words}`)}`,
    `- ${command('approve')}\n- ${command('deny')}`,
  ].join('\n\n');
}

/** The input of a call; its text where that was cut. */
function parsed(input: string): unknown {
  try {
    return JSON.parse(input) as unknown;
  } catch {
    return { command: input };
  }
}

const childLine = ({ session_id, status }: SessionState['children'][number]): string =>
  `- \`${session_id}\` ${status}; see Relationships`;
