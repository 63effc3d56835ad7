import type { SessionRequest } from '../../contract/http/session.ts';
import { defined } from '../../contract/shared/defined.ts';
import { AUTO_PROFILE } from '../../contract/workflow/names.ts';
import type { SessionSpec } from '../../contract/workflow/session-state.ts';
import type { Config } from '../../config/index.ts';
import { packageSettings } from '../../config/package-settings.ts';
import { loadPackages, resolvePackage } from '../../packages/load.ts';
import { chooseProfile } from '../../profiles/profile-rules.ts';
import { usualApprovals, type ResolvedProfile } from '../../profiles/profile.ts';
import { invalid } from '../http/api-error.ts';
import { readProfile } from '../profiles/list-profiles.ts';
import { repositoryAt } from '../repositories.ts';

/** What counts where the caller of POST /sessions says nothing. */
const USUAL = { approval_timeout_s: 86_400, max_depth: 3, max_children: 20 } as const;

type Chosen = Pick<SessionSpec, 'agent' | 'model' | 'title' | 'max_budget_usd' | 'repo_url' | 'base_ref'>;

/**
 * What the server decides about a session: its repository in its one spelling and a profile, or a package, that exists.
 * Throws, naming the field, `invalid_request`, `blocked_host`, `profile_not_found`, `package_not_found`,
 * `invalid_profile` and `invalid_package`.
 */
export async function sessionSpec(config: Config, request: SessionRequest): Promise<SessionSpec> {
  const chosen = chosenIn(config, request);
  const { package: named, profile: asked } = request;
  if (named !== undefined && asked !== undefined) throw invalid('package', 'must be absent where there is a profile');
  const profile =
    named === undefined
      ? await profileOf(config, asked, chosen.repo_url)
      : resolvePackage(await loadPackages(packageSettings(config)), named).profile;
  return {
    profile: profile.name,
    profile_agent: profile.agent,
    ...defined({ package: named }),
    ...chosen,
    ...sessionTerms(profile, request),
  };
}

/** What a child session is to have other than its parent; throws as `sessionSpec`. */
export async function childSpec(
  config: Config,
  request: Pick<SessionRequest, 'profile' | 'provider' | keyof Chosen>,
): Promise<Partial<SessionSpec>> {
  const chosen = chosenIn(config, request);
  if (request.profile === undefined) return chosen;
  const { name, agent } = await profileOf(config, request.profile, chosen.repo_url);
  return { ...chosen, profile: name, profile_agent: agent };
}

function chosenIn(config: Config, request: Pick<SessionRequest, 'provider' | keyof Chosen>): Chosen {
  const { agent = request.provider, provider = agent, model, title, max_budget_usd } = request;
  if (agent !== provider) throw invalid('provider', 'must be the same as agent, or absent');
  const asked = request.repo_url === undefined ? undefined : repositoryAt(config, request.repo_url);
  if (asked === undefined && request.base_ref !== undefined) throw invalid('base_ref', 'needs repo_url');
  const base_ref = request.base_ref ?? asked?.ref;
  return defined({ agent, model, title, max_budget_usd, repo_url: asked?.url, base_ref });
}

/** A session has one profile from its beginning: no model chooses it. */
async function profileOf(
  config: Config,
  asked: string | undefined,
  repo_url: string | undefined,
): Promise<ResolvedProfile> {
  if (asked === AUTO_PROFILE) throw invalid('profile', 'must be the name of a profile; `auto` is for jobs');
  const { profile } = chooseProfile({ profile: asked, repo_url, task: '' }, config.routes, config.defaultProfile);
  const usual = profile === AUTO_PROFILE ? config.defaultProfile : profile;
  return readProfile(config, usual);
}

type Terms = Pick<SessionSpec, 'approvals' | 'approval_timeout_s' | 'depth' | 'max_depth' | 'max_children'>;

/** Approvals and limits of children, for a session that nobody has spawned. */
export function sessionTerms(profile: ResolvedProfile, request: SessionRequest = {}): Terms {
  const { max_depth, max_children } = { ...USUAL, ...defined(request) };
  return {
    approvals: request.approvals ?? usualApprovals(profile),
    approval_timeout_s: request.approval_timeout_s ?? profile.approvals.timeout_s ?? USUAL.approval_timeout_s,
    ...{ depth: 0, max_depth, max_children },
  };
}
