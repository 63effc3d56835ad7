import { Option, type Command } from 'commander';
import { APPROVAL_STATUSES } from '../../contract/workflow/approval-state.ts';
import { defined } from '../../contract/shared/defined.ts';
import { fieldsOf, searchOf } from '../requests.ts';
import { requestVerb } from './verb.ts';

/** `agentctl approval`. */
export function registerApprovalVerbs(program: Command): void {
  const approval = program.command('approval').description('Decide about tool calls that wait for it');
  requestVerb<{ status?: string; sessionId?: string }>(
    approval
      .command('list')
      .description('List tool calls that wait, or have waited, for a decision')
      .addOption(new Option('--status <status>', 'only those with this status').choices(APPROVAL_STATUSES))
      .option('--session-id <id>', 'only those of this session'),
    (options) => ({ path: `/approvals?${searchOf(fieldsOf(['status', 'session_id'], options))}` }),
  );
  for (const decision of ['allow', 'deny'] as const) registerDecision(approval.command(decision), decision);
}

function registerDecision(command: Command, decision: 'allow' | 'deny'): void {
  command
    .description(decision === 'allow' ? 'Let the tool call take place' : 'Refuse the tool call')
    .requiredOption('--approval-id <id>', 'the approval')
    .option('--remember', 'decide the same for further calls of the tool in this session');
  if (decision === 'deny') command.option('--reason <text>', 'what the agent is told');
  requestVerb<{ approvalId: string; reason?: string; remember?: boolean }>(
    command,
    ({ approvalId, reason, remember }) => ({
      method: 'POST',
      path: `/approvals/${encodeURIComponent(approvalId)}`,
      body: defined({ decision, reason, remember }),
    }),
  );
}
