import type { ProfileFacts, ProfileStep } from '../contract/workflow/steps.ts';
import { cliArgs } from '../profiles/cli-args.ts';
import { loadProfiles } from '../profiles/load.ts';
import { materialize } from '../profiles/materialize.ts';
import { readDefaultMcpFile, readMcpFile } from '../profiles/mcp-file.ts';
import type { JsonObject } from '../profiles/merge-json.ts';
import { override } from '../profiles/override.ts';
import { readOnly } from '../profiles/read-only.ts';
import { resolveProfile } from '../profiles/resolve.ts';
import type { HostSettings } from './deps.ts';
import type { Step } from './step.ts';
import { jobPaths } from './paths.ts';
import { nextSession } from './session.ts';
import { storeProfile } from './stored-profile.ts';

/** MCP servers beside those of the profile. What one does nobody here can know: for a plan there are none. */
async function serversOf(
  { mcpFilesDir, defaultMcpFile }: HostSettings,
  { plan, request: { file_path } }: ProfileStep,
): Promise<{ every?: JsonObject | undefined; more?: JsonObject | undefined }> {
  if (plan) return {};
  return {
    every: defaultMcpFile === undefined ? undefined : await readDefaultMcpFile(defaultMcpFile),
    more: file_path === undefined ? undefined : await readMcpFile(mcpFilesDir, file_path),
  };
}

/** Writes the agent's configuration directory from the profile and the job's own options, and keeps the resolved profile for the run. */
export const materializeProfile: Step<ProfileStep, ProfileFacts> = async ({ settings }, step) => {
  const { request } = step;
  const paths = jobPaths(settings, step);
  const asked = override(resolveProfile(await loadProfiles(settings.profileDirs), request.profile), request);
  const profile = step.plan ? readOnly(asked) : asked;
  const { mcp_config } = await materialize(profile, paths.config, await serversOf(settings, step));
  const facts = {
    timeout_s: profile.timeout_s ?? settings.agentTimeoutS,
    deliver: profile.deliver,
    delivery_timeout_s: profile.delivery_timeout_s,
    ...(profile.deliver === 'pr' ? { pull_request: profile.pull_request } : {}),
  };
  const { sandbox, env, append_prompt, claude } = profile;
  await storeProfile(paths.profile, {
    args: cliArgs(profile, step.plan ? null : mcp_config),
    sandbox,
    env,
    append_prompt,
    append_system_prompt: claude.append_system_prompt ?? null,
    readable: claude.add_dir,
  });
  return { ...facts, session_id: await nextSession(paths.config, step.job_id, step.attempt) };
};
