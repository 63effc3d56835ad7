import { mergeJson, type JsonObject } from '../contract/shared/merge-json.ts';
import { defined } from '../contract/shared/defined.ts';
import type { ProfileFacts, ProfileStep } from '../contract/workflow/steps.ts';
import { loadProfiles } from '../profiles/load.ts';
import { readDefaultMcpFile, readMcpFile } from '../profiles/mcp-file.ts';
import { override, readOnly, withoutTools } from '../profiles/override.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import { resolveProfile } from '../profiles/resolve.ts';
import type { ServerFiles } from '../runners/agent.ts';
import { checkTerms } from './commit-terms.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';
import { findResumable, sessionId } from './session.ts';
import type { Step } from './step.ts';
import { storeProfile } from './stored-profile.ts';

/**
 * Writes the agent's configuration directory from the profile and the job's own options, and keeps the resolved profile
 * for the run.
 */
export const materializeProfile: Step<ProfileStep, ProfileFacts> = async (
  { settings, agents, sessionServer },
  step,
  _seat,
  signal,
) => {
  const { job_id, attempt, request } = step;
  const paths = jobPaths(settings, step);
  const asked = override(
    resolveProfile(await loadProfiles(settings.profileDirs, settings.defaultAgent), request.profile),
    request,
  );
  const talks = step.tools === 'none';
  const limited = talks ? withoutTools(asked) : asked;
  const profile = step.plan ? readOnly(asked) : limited;
  const own = step.session && !talks ? sessionServer(job_id) : undefined;
  const agent = agents[profile.agent];
  const servers = await serversOf(settings, step, own);
  const invocation = await agent.materialize(own ? withOurs(profile) : profile, paths.config, servers);
  const { sandbox, stall_timeout_s, env, append_prompt, deliver, commits, lfs, submodules } = profile;
  if (deliver !== 'none') await checkTerms(settings, commits, request.repo_url, signal);
  const how = { sandbox, stall_timeout_s, env, append_prompt, lfs, submodules };
  const stored = { agent: agent.name, invocation, ...how, ...defined({ author: commits.author }) };
  await storeProfile(paths.profile, stored);
  const resumable = await findResumable(agent.sessions, paths.config, job_id, attempt);
  return {
    agent: agent.name,
    timeout_s: profile.timeout_s ?? settings.agentTimeoutS,
    deliver,
    delivery_timeout_s: profile.delivery_timeout_s,
    ...defined({
      pull_request: deliver === 'pr' ? profile.pull_request : undefined,
      setup: profile.setup ?? undefined,
      verify: profile.verify ?? undefined,
      commits: deliver === 'none' || Object.keys(commits).length === 0 ? undefined : commits,
    }),
    session_id: resumable ?? sessionId(job_id, attempt),
  };
};

/** What our MCP server is called in the agent's tools. */
const OURS = 'agenticore';

/** The profile where our own tools need no decision. */
const withOurs = (profile: ResolvedProfile): ResolvedProfile => {
  const allow = [`mcp__${OURS}`];
  const { permissions, approvals } = profile;
  return {
    ...profile,
    permissions: { ...permissions, allow: [...permissions.allow, ...allow] },
    approvals: { ...approvals, allow: [...approvals.allow, ...allow] },
  };
};

/**
 * MCP servers beside those of the profile. A plan has none at all: nobody here can know what they do; nor has
 * an agent that only talks.
 */
async function serversOf(
  { mcpFilesDir, defaultMcpFile }: HostSettings,
  { plan, tools, request: { file_path } }: ProfileStep,
  own: JsonObject | undefined,
): Promise<ServerFiles | null> {
  if (plan || tools === 'none') return null;
  const file = file_path === undefined ? undefined : await readMcpFile(mcpFilesDir, file_path);
  return {
    every: defaultMcpFile === undefined ? undefined : await readDefaultMcpFile(defaultMcpFile),
    more: own === undefined ? file : mergeJson(file ?? {}, { mcpServers: { [OURS]: own } }),
  };
}
