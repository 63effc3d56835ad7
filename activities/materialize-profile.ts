import type { ProfileFacts, ProfileStep } from '../contract/steps.ts';
import { cliArgs } from '../profiles/cli-args.ts';
import { loadProfiles } from '../profiles/load.ts';
import { materialize } from '../profiles/materialize.ts';
import { readMcpFile } from '../profiles/mcp-file.ts';
import { override } from '../profiles/override.ts';
import { resolveProfile } from '../profiles/resolve.ts';
import type { Step } from './index.ts';
import { jobPaths } from './paths.ts';
import { nextSession } from './session.ts';
import { storeProfile } from './stored-profile.ts';

/** Writes the agent's configuration directory from the profile and the job's own options, and keeps the resolved profile for the run. */
export const materializeProfile: Step<ProfileStep, ProfileFacts> = async ({ settings }, step) => {
  const paths = jobPaths(settings, step.job_id);
  const profile = override(resolveProfile(await loadProfiles(settings.profileDirs), step.profile), step.options);
  const { file_path } = step.options;
  const servers = file_path === undefined ? undefined : await readMcpFile(settings.mcpFilesDir, file_path);
  const { mcp_config } = await materialize(profile, paths.config, servers);
  const facts = { timeout_s: profile.timeout_s ?? settings.agentTimeoutS, deliver: profile.deliver };
  const { sandbox, env, append_prompt, claude } = profile;
  await storeProfile(paths.profile, {
    ...facts,
    args: cliArgs(profile, mcp_config),
    sandbox,
    env,
    append_prompt,
    append_system_prompt: claude.append_system_prompt ?? null,
    readable: claude.add_dir,
  });
  return { ...facts, session_id: await nextSession(paths.config, step.job_id, step.attempt) };
};
