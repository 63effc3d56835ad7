import { defined } from '../../contract/shared/defined.ts';
import type { TurnAnswer } from '../../contract/workflow/run-state.ts';
import type { SessionSpec } from '../../contract/workflow/session-state.ts';
import type { Spare } from '../../runners/spare-agents.ts';
import type { StoredProfile } from '../stored-profile.ts';

/** What sessions have in common whose first answer one spare agent could give. */
export type SpareKind = Pick<
  SessionSpec,
  'profile' | 'package' | 'tools' | 'agent' | 'model' | 'max_budget_usd' | 'approvals' | 'model_wait_s'
>;

/** An agent that waits for the first message of a session, in a place of its own that becomes the session's. */
export interface SpareSession extends Spare {
  /** By which its place and its processes are called. */
  id: string;
  /** The agent's own id of its session. */
  agentSession: string;
  profile: StoredProfile;
  facts: NonNullable<TurnAnswer['made']>['profile'];
  warnings: string[];
}

/** The kind of spare agent for a session, and its name; undefined where none fits. */
export function spareKind(
  spec: SpareKind & Pick<SessionSpec, 'repo_url' | 'fork'>,
): { name: string; kind: SpareKind } | undefined {
  const { profile, package: served, tools, agent, model, max_budget_usd, approvals, model_wait_s } = spec;
  if (served === undefined || spec.repo_url !== undefined || spec.fork !== undefined) return undefined;
  const kind = {
    profile,
    approvals,
    ...defined({ package: served, tools, agent, model, max_budget_usd, model_wait_s }),
  };
  return { kind, name: JSON.stringify([served, tools, agent, model, max_budget_usd, approvals, model_wait_s]) };
}
