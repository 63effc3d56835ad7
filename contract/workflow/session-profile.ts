import { defined } from '../shared/defined.ts';
import type { SessionSpec } from './session-state.ts';
import type { ProfileStep } from './steps.ts';

type AskedOfProfile = Pick<SessionSpec, 'profile' | 'package' | 'tools' | 'agent' | 'model' | 'max_budget_usd'>;

/** What a session asks of its profile, or of its agent package, as a job would. */
export function sessionProfile({
  profile,
  package: name,
  tools,
  agent,
  model,
  max_budget_usd,
}: AskedOfProfile): Pick<ProfileStep, 'request' | 'plan' | 'session' | 'package' | 'tools'> {
  const request = { profile, profile_reason: 'session', ...defined({ agent, model, max_budget_usd }) };
  // A client of a chat does not manage sessions, and a spare agent has no session yet that a token could name.
  const session = name === undefined;
  return { request, plan: false, session, ...defined({ package: name, tools }) };
}
