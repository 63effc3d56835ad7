import { WorkflowExecutionAlreadyStartedError, type WorkflowStartOptions } from '@temporalio/client';
import { SESSION_WORKFLOW } from '../../contract/workflow/names.ts';
import type { SessionBrief, SessionInput, SessionSpec } from '../../contract/workflow/session-state.ts';
import { introduceSession } from '../../contract/workflow/static-details.ts';
import type { ServiceContext } from '../context.ts';
import { startOptions } from '../temporal/start-options.ts';

/** A session to start; `request_hash` is that of what its creator said. */
export interface NewSession extends Pick<SessionBrief, 'owner' | 'request_hash'> {
  id: string;
  spec: SessionSpec;
}

/** How the workflow of a session is started. */
export function sessionStart(
  { config, index }: Pick<ServiceContext, 'config' | 'index'>,
  { id, spec, owner, request_hash }: NewSession,
): WorkflowStartOptions {
  const request: SessionBrief = { spec, owner, created_at: new Date().toISOString(), request_hash };
  const times = { seat_timeout_s: config.seatTimeoutS, ttl_s: config.jobTtl };
  const input: SessionInput = { spec, owner, ...times, indexed: index.indexed };
  const { profile, repo_url: repo = null, agent = spec.profile_agent ?? null } = spec;
  const attributes = { status: 'idle', owner, profile, repo, agent };
  const introduction = introduceSession(spec, { id, owner });
  return { workflowId: id, ...startOptions({ input, request, introduction, attributes }) };
}

/** Starts the workflow of a session, unless there is one of that id. */
export async function startSession(context: ServiceContext, session: NewSession): Promise<void> {
  try {
    await context.client.workflow.start(SESSION_WORKFLOW, sessionStart(context, session));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
