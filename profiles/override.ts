import type { Requested } from '../contract/workflow/job-spec.ts';
import type { ResolvedProfile } from './profile.ts';

/** The profile with what the job says in its place. */
export function override(
  profile: ResolvedProfile,
  { model, timeout, max_budget_usd }: Partial<Requested>,
): ResolvedProfile {
  const { fallback_model, ...claude } = profile.claude;
  const asked = model ?? claude.model;
  return {
    ...profile,
    timeout_s: timeout ?? profile.timeout_s,
    claude: {
      ...claude,
      model: asked,
      // The CLI refuses a fallback to the model itself.
      fallback_model: fallback_model === asked ? undefined : fallback_model,
      max_budget_usd: max_budget_usd ?? claude.max_budget_usd,
    },
  };
}
