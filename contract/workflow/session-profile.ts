import { defined } from '../shared/defined.ts';
import type { SessionSpec } from './session-state.ts';
import type { ProfileStep } from './steps.ts';

/** What a session asks of its profile, or of its agent package, as a job would. */
export function sessionProfile({
  profile,
  package: name,
  tools,
  agent,
  model,
  max_budget_usd,
}: SessionSpec): Pick<ProfileStep, 'request' | 'plan' | 'session' | 'package' | 'tools'> {
  const request = { profile, profile_reason: 'session', ...defined({ agent, model, max_budget_usd }) };
  return { request, plan: false, session: true, ...defined({ package: name, tools }) };
}
