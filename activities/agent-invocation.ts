import { defined } from '../contract/shared/defined.ts';
import { derivedId } from '../contract/shared/derived-id.ts';
import type { WorkPlace } from '../contract/workflow/seat.ts';
import type { AgentStep } from '../contract/workflow/steps.ts';
import { leftOut } from '../git/left-out.ts';
import { mirrorDir } from '../git/mirror.ts';
import { partialNote } from '../git/partial-mirror.ts';
import { usesSandbox } from '../processes/start-contained.ts';
import type { Agent, AgentRun, UserMessage } from '../runners/agent.ts';
import { agentEnvironment } from '../runners/environment.ts';
import type { Deps, HostSettings } from './deps.ts';
import { jobPaths, type JobPaths } from './paths.ts';
import { repoOf } from './remotes.ts';
import { promptOf, type PromptKind } from './prompt.ts';
import { confinementOf } from './sandbox-rules.ts';
import type { StoredProfile } from './stored-profile.ts';

/** How a run of the agent begins. */
export interface Beginning {
  session: string;
  /** The session whose conversation it begins with. */
  forkOf?: string;
  prompt: PromptKind;
}

export interface PreparedRun {
  agent: Agent;
  run: AgentRun;
  message: UserMessage;
  /** Whether the agent goes on with what was under way. */
  goesOn: boolean;
  /** What the user should know about how the agent runs here. */
  warnings: string[];
}

/** Everything for one run of the agent on this host. */
export async function prepareRun(
  deps: Pick<Deps, 'settings' | 'agents' | 'relay'>,
  step: AgentStep,
  profile: StoredProfile,
  { session, forkOf, prompt }: Beginning,
): Promise<PreparedRun> {
  const { agent, run, warnings } = await prepareAgent(deps, { ...step, repo_url: step.request.repo_url }, profile, {
    sessionId: session,
    resume: prompt === 'resume' || prompt === 'fix',
    readOnly: step.plan,
    // Nobody is there to answer.
    approvals: 'none',
    ...defined({ forkOf }),
  });
  const message = {
    id: derivedId('message', session, step.fix?.id ?? String(step.attempt)),
    text: promptOf(step, profile.append_prompt, prompt, agent.planNote),
    timeoutMs: step.timeout_s * 1_000,
  };
  return { agent, run, message, goesOn: prompt !== 'task', warnings };
}

/** Where an agent works, and the repository that its checkout is of. */
type AgentPlace = WorkPlace & { repo_url: string | undefined };

/** How an agent begins, whether it asks, and what is added to its system prompt. */
type AgentTerms = Pick<AgentRun, 'sessionId' | 'resume' | 'forkOf' | 'readOnly' | 'approvals' | 'modelWaitMs'> & {
  instructions?: string;
};

/** Everything for an agent that works on this host with a stored profile. */
export async function prepareAgent(
  { settings, agents, relay }: Pick<Deps, 'settings' | 'agents' | 'relay'>,
  place: AgentPlace,
  profile: StoredProfile,
  { instructions, ...terms }: AgentTerms,
): Promise<Pick<PreparedRun, 'agent' | 'run' | 'warnings'>> {
  const { repo_url } = place;
  const paths = jobPaths(settings, place);
  const agent = agents[profile.agent];
  const { writable, readable, hidden } = confinementOf(settings, place, repo_url);
  const own = await agent.readInstructions(paths.worktree);
  const missing = repo_url === undefined ? [] : await leftOut(paths.worktree);
  const texts = [
    profile.invocation.instructions,
    own.text,
    missing.join(' '),
    await historyNote(settings, repo_url),
    instructions,
  ].filter(Boolean);
  const run: AgentRun = {
    ...terms,
    invocation: profile.invocation,
    cwd: paths.worktree,
    env: environmentOf({ ...settings, ...defined({ author: profile.author }) }, agent, paths, profile.env),
    configDir: paths.config,
    writable: writable.filter((path) => path !== paths.worktree),
    readable: [...readable, ...profile.invocation.readable],
    hidden,
    sandbox: profile.sandbox,
    limits: limitsOf(settings, profile.stall_timeout_s),
    marker: paths.marker,
    ...defined({
      systemPrompt: texts.length === 0 ? undefined : texts.join('\n\n'),
      telemetry: relay && { ...relay.open(), ...settings.told },
    }),
  };
  return { agent, run, warnings: [...(await warningsOf(profile)), ...own.warnings, ...missing] };
}

/** What an agent should know of a mirror that lacks older contents; no warning, since nothing of the work is lost. */
async function historyNote(settings: HostSettings, repo_url: string | undefined): Promise<string> {
  if (repo_url === undefined) return '';
  return partialNote(mirrorDir(settings.reposRoot, repoOf(settings, repo_url)));
}

/** The environment of an agent that works for a job; `names` are what its profile adds. */
export const environmentOf = (
  { env, author, toolchains }: HostSettings,
  agent: Agent,
  { home, config, tmp, worktree }: Pick<JobPaths, 'home' | 'config' | 'tmp'> & Partial<JobPaths>,
  names: readonly string[] = [],
): Record<string, string> =>
  agentEnvironment(agent, env, { home, config, tmp, author, toolchains, names, ...defined({ worktree }) });

/** How long an agent may be silent here; `stallS` is what its profile says. */
export const limitsOf = (settings: HostSettings, stallS: number | null = null): AgentRun['limits'] => ({
  startMs: settings.startTimeoutS * 1_000,
  stallMs: (stallS ?? settings.stallTimeoutS) * 1_000,
  backgroundMs: settings.backgroundTimeoutS * 1_000,
});

async function warningsOf({ sandbox }: StoredProfile): Promise<string[]> {
  if (await usesSandbox(sandbox)) return [];
  return ['The agent ran without a sandbox: bubblewrap does not work on this host, or the profile turned it off.'];
}
