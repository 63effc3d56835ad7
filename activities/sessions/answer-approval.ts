import type { AnswerStep } from '../../contract/workflow/approval-state.ts';
import type { Task } from '../step.ts';

/** Brings a decision to the agent of this host that waits for it; fails `approval_gone` where none does. */
export const answerApproval: Task<AnswerStep, void> = ({ approvals }, { session_id, approval_id, allow, reason }) => {
  approvals.answer(session_id, approval_id, allow ? { allow } : { allow, reason });
  return Promise.resolve();
};
