import type { AgentStep } from '../contract/steps.ts';
import { derivedId } from '../contract/derived-id.ts';
import type { AgentRun } from '../runners/runner.ts';
import { usesSandbox } from '../processes/contain.ts';
import { fillTemplate } from '../profiles/template.ts';
import { environmentOf } from './agent-env.ts';
import { confinementOf } from './confinement.ts';
import type { HostSettings } from './deps.ts';
import { readInstructions } from './instructions.ts';
import { jobPaths } from './paths.ts';
import { readStoredProfile, type StoredProfile } from './stored-profile.ts';

export interface PreparedRun {
  run: AgentRun;
  /** What the user should know about how the agent runs here. */
  warnings: string[];
}

/** What a resumed agent is told in place of the task, which its session has. */
const GO_ON =
  'You were interrupted: the machine you worked on failed. Your files are as you left them, but a command that was running did not finish. ' +
  'Look at what is done, and go on with the task where you stopped. If all of it is done, say so and sum it up.';

/** Everything for one run of the agent on this host, in `session`: gone on with (`resume`) or begun. */
export async function prepareRun(
  settings: HostSettings,
  step: AgentStep,
  session: string,
  resume: boolean,
): Promise<PreparedRun> {
  const paths = jobPaths(settings, step.job_id);
  const profile = await readStoredProfile(paths.profile);
  const { writable, readable, hidden } = confinementOf(settings, step.job_id, step.request.repo_url);
  const instructions = [profile.append_system_prompt, await readInstructions(paths.worktree)].filter(Boolean);
  const run: AgentRun = {
    prompt: resume ? GO_ON : promptOf(step, profile),
    session_id: session,
    resume,
    ...(step.request.session === undefined ? {} : { fork_of: step.request.session.session_id }),
    cwd: paths.worktree,
    env: environmentOf(settings, paths, profile.env),
    args: profile.args,
    config_dir: paths.config,
    writable,
    readable: [...readable, ...profile.readable],
    hidden,
    timeout_ms: step.timeout_s * 1_000,
    ...(instructions.length === 0 ? {} : { append_system_prompt: instructions.join('\n\n') }),
    message_uuid: derivedId('message', session, String(step.attempt)),
    sandbox: profile.sandbox,
    marker: step.job_id,
    binary: settings.claudeBinary,
  };
  return { run, warnings: await warningsOf(profile) };
}

/** The task, and what the profile adds to every task. */
function promptOf({ request, job_id, base_ref }: AgentStep, { append_prompt }: StoredProfile): string {
  if (append_prompt === null) return request.task;
  const { task, repo_url = '', profile } = request;
  const values = { TASK: task, REPO_URL: repo_url, BASE_REF: base_ref ?? '', JOB_ID: job_id, PROFILE: profile };
  return `${task}\n\n${fillTemplate(append_prompt, values)}`;
}

async function warningsOf({ sandbox }: StoredProfile): Promise<string[]> {
  if (await usesSandbox(sandbox)) return [];
  return ['The agent ran without a sandbox: bubblewrap does not work on this host, or the profile turned it off.'];
}
