import { defined } from '../contract/shared/defined.ts';
import { mergeJson, type JsonObject } from '../contract/shared/merge-json.ts';
import type { ProfileStep } from '../contract/workflow/steps.ts';
import { loadPackages, resolvePackage } from '../packages/load.ts';
import type { AgentPackage } from '../packages/package.ts';
import { loadProfiles } from '../profiles/load.ts';
import { readDefaultMcpFile, readMcpFile } from '../profiles/mcp-file.ts';
import { override, readOnly, withoutTools } from '../profiles/override.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import { resolveProfile } from '../profiles/resolve.ts';
import type { Invocation, ServerFiles } from '../runners/agent.ts';
import type { Deps, HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';
import { storeProfile } from './stored-profile.ts';

/** What an agent is to be set up with. */
export type AskedProfile = Pick<
  ProfileStep,
  'job_id' | 'worktree_id' | 'request' | 'plan' | 'session' | 'package' | 'tools'
>;

/**
 * Makes the agent's configuration directory from the profile, or the agent package, and the job's own options, and
 * keeps the resolved profile for what runs the agent. Throws `profile_not_found`, `package_not_found` and what is wrong
 * with them.
 */
export async function writeAgentFiles(
  { settings, agents, sessionServer }: Pick<Deps, 'settings' | 'agents' | 'sessionServer'>,
  asked: AskedProfile,
): Promise<ResolvedProfile> {
  const { job_id, request } = asked;
  const paths = jobPaths(settings, asked);
  const found = await findAsked(settings, asked);
  const chosen = override(found.profile, request);
  const talks = asked.tools === 'none';
  const profile = asked.plan ? readOnly(chosen) : talks ? withoutTools(chosen) : chosen;
  const own = asked.session && !talks ? sessionServer(job_id) : undefined;
  const agent = agents[profile.agent];
  const servers = await serversOf(settings, asked, own);
  const made = await agent.materialize(own ? withOurs(profile) : profile, paths.config, servers);
  const { sandbox, stall_timeout_s, env, append_prompt, commits, lfs, submodules } = profile;
  await storeProfile(paths.profile, {
    agent: agent.name,
    invocation: found.package === undefined ? made : withFolder(made, found.package),
    ...{ sandbox, stall_timeout_s, env, append_prompt, lfs, submodules },
    ...defined({ author: commits.author, package_version: found.package?.version }),
  });
  return profile;
}

interface Found {
  profile: ResolvedProfile;
  package?: AgentPackage;
}

async function findAsked(settings: HostSettings, { package: name, request }: AskedProfile): Promise<Found> {
  const { packages, profileDirs, defaultAgent } = settings;
  if (name === undefined)
    return { profile: resolveProfile(await loadProfiles(profileDirs, defaultAgent), request.profile) };
  const found = resolvePackage(await loadPackages(packages), name);
  return { profile: found.profile, package: found };
}

/** How the agent of a package is started: it can read the package's folder, whose path its hooks and servers know. */
const withFolder = (invocation: Invocation, { dir, readable }: AgentPackage): Invocation => ({
  ...invocation,
  env: { ...invocation.env, AGENT_MODE_PACKAGE_DIR: dir },
  readable: [...new Set([...invocation.readable, dir, ...readable])],
});

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

/** MCP servers beside those of the profile. Who is to have no tools, or to change nothing, has none at all. */
async function serversOf(
  { mcpFilesDir, defaultMcpFile }: HostSettings,
  { plan, tools, request: { file_path } }: AskedProfile,
  own: JsonObject | undefined,
): Promise<ServerFiles | null> {
  if (plan || tools === 'none') return null;
  const file = file_path === undefined ? undefined : await readMcpFile(mcpFilesDir, file_path);
  return {
    every: defaultMcpFile === undefined ? undefined : await readDefaultMcpFile(defaultMcpFile),
    more: own === undefined ? file : mergeJson(file ?? {}, { mcpServers: { [OURS]: own } }),
  };
}
