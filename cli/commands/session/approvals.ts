import { Option, type Command } from 'commander';
import { APPROVAL_STATUSES } from '../../../contract/workflow/approval-state.ts';
import { defined } from '../../../contract/shared/defined.ts';
import type { Client } from '../../client.ts';
import { onServer, type CommandCall } from '../../command.ts';
import { CliError, usageError } from '../../errors.ts';
import { findSessionId } from '../../job-id.ts';
import { formatDuration } from '../../output/format.ts';
import { oneLine, toJson } from '../../output/sanitize.ts';
import { approvalInput } from '../../output/session.ts';
import { print, say } from '../../output/streams.ts';
import { printTable, shortId } from '../../output/table.ts';

interface DecisionOptions {
  remember?: boolean;
  reason?: string;
}

/** `agenticore session approvals`, `approve` and `deny`. */
export function registerApprovals(session: Command): void {
  const list = session
    .command('approvals')
    .description('List tool calls that wait for approval')
    .argument('[session]', 'id of a session, or its first characters (default: all sessions)')
    .addOption(
      new Option('-s, --status <status>', 'those with this status').choices(APPROVAL_STATUSES).default('pending'),
    );
  onServer(list, listApprovals);
  const approve = decision(session.command('approve').description('Let a tool call take place'));
  onServer<DecisionOptions>(approve, (call) => decide(call, 'allow'));
  const deny = decision(session.command('deny').description('Refuse a tool call'));
  onServer<DecisionOptions>(deny.option('--reason <text>', 'what the agent is told'), (call) => decide(call, 'deny'));
}

const decision = (command: Command): Command =>
  command
    .argument('<approval>', 'id of the approval, or its first characters')
    .option('--remember', 'decide the same for further calls of the tool in this session');

async function listApprovals({
  client,
  json,
  args,
  options,
}: CommandCall<{ status: (typeof APPROVAL_STATUSES)[number] }>): Promise<void> {
  const session_id = args[0] === undefined ? undefined : await findSessionId(client, args[0]);
  const reply = await client.sessions.approvals(defined({ status: options.status, session_id }));
  if (json) return print(toJson(reply));
  if (reply.count === 0) return say(`No approval is ${options.status}.`);
  const rows = reply.approvals.map((each) => [
    each.id,
    shortId(each.session_id),
    each.status,
    formatDuration(Date.now() - Date.parse(each.asked_at)),
    oneLine(each.tool),
    approvalInput(each),
  ]);
  printTable(['ID', 'SESSION', 'STATUS', 'AGE', 'TOOL', 'INPUT'], rows);
}

async function decide(
  { client, json, args, options }: CommandCall<DecisionOptions>,
  what: 'allow' | 'deny',
): Promise<void> {
  const id = await findApprovalId(client, args[0] ?? '');
  const approval = await client.sessions.decide(id, { decision: what, ...defined(options) });
  print(json ? toJson({ success: true, approval }) : `${id} ${approval.status}`);
}

/** The full id of an approval from its beginning, among those that wait. */
async function findApprovalId(client: Client, given: string): Promise<string> {
  if (/^apr_[0-9a-f]{24}(_\d+)?$/.test(given)) return given;
  const hint = 'List them: agenticore session approvals';
  if (!/^apr_[0-9a-f]+$/.test(given)) throw usageError(`"${given}" is not the id of an approval.`, hint);
  const { approvals } = await client.sessions.approvals({ status: 'pending' });
  const [first, ...more] = approvals.filter(({ id }) => id.startsWith(given));
  if (first === undefined)
    throw new CliError(`No approval whose id starts with ${given} is pending.`, {
      code: 'approval_not_found',
      hint,
      exitCode: 1,
    });
  if (more.length > 0) throw usageError(`${more.length + 1} approvals have an id that starts with ${given}.`, hint);
  return first.id;
}
