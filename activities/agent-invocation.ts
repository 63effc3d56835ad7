import type { AgentStep } from '../contract/workflow/steps.ts';
import { derivedId } from '../contract/shared/derived-id.ts';
import type { AgentRun } from '../runners/runner.ts';
import { usesSandbox } from '../processes/start-contained.ts';
import { environmentOf } from './agent-env.ts';
import { confinementOf } from './sandbox-rules.ts';
import type { HostSettings } from './deps.ts';
import { readInstructions } from './instructions.ts';
import { jobPaths } from './paths.ts';
import { promptOf, type PromptKind } from './prompt.ts';
import { readStoredProfile, type StoredProfile } from './stored-profile.ts';

/** How a run of the agent begins. */
export interface Beginning {
  session: string;
  /** The session whose conversation it begins with. */
  fork_of?: string;
  prompt: PromptKind;
}

export interface PreparedRun {
  run: AgentRun;
  /** Whether the agent goes on with what was under way. */
  goesOn: boolean;
  /** What the user should know about how the agent runs here. */
  warnings: string[];
}

/** Everything for one run of the agent on this host. */
export async function prepareRun(
  settings: HostSettings,
  step: AgentStep,
  { session, fork_of, prompt }: Beginning,
): Promise<PreparedRun> {
  const paths = jobPaths(settings, step);
  const profile = await readStoredProfile(paths.profile);
  const { writable, readable, hidden } = confinementOf(settings, step, step.request.repo_url);
  const instructions = [profile.append_system_prompt, await readInstructions(paths.worktree)].filter(Boolean);
  const run: AgentRun = {
    prompt: promptOf(step, profile.append_prompt, prompt),
    session_id: session,
    resume: prompt === 'resume',
    ...(fork_of === undefined ? {} : { fork_of }),
    cwd: paths.worktree,
    read_only: step.plan,
    env: environmentOf(settings, paths, profile.env),
    args: profile.args,
    config_dir: paths.config,
    writable: writable.filter((path) => path !== paths.worktree),
    readable: [...readable, ...profile.readable],
    hidden,
    timeout_ms: step.timeout_s * 1_000,
    ...(instructions.length === 0 ? {} : { append_system_prompt: instructions.join('\n\n') }),
    message_uuid: derivedId('message', session, String(step.attempt)),
    sandbox: profile.sandbox,
    marker: step.job_id,
    binary: settings.claudeBinary,
  };
  return { run, goesOn: prompt !== 'task', warnings: await warningsOf(profile) };
}

async function warningsOf({ sandbox }: StoredProfile): Promise<string[]> {
  if (await usesSandbox(sandbox)) return [];
  return ['The agent ran without a sandbox: bubblewrap does not work on this host, or the profile turned it off.'];
}
