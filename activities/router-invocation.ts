import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RouteStep } from '../contract/workflow/steps.ts';
import { CHOICE_INSTRUCTIONS, choiceQuestion, choiceSchema } from '../profiles/model-choice.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import type { Agent, AgentRun, UserMessage } from '../runners/agent.ts';
import { environmentOf, limitsOf } from './agent-invocation.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';
import { confinementOf } from './sandbox-rules.ts';

/** Longest time that a choice may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

/**
 * The run that chooses a profile: without tools, in empty directories of its own that see neither the repository nor
 * another job, and in the sandbox and with the variables that the fallback profile asks for.
 */
export async function prepareRoute(
  settings: HostSettings,
  agent: Agent,
  step: RouteStep,
  profiles: readonly ResolvedProfile[],
): Promise<{ run: AgentRun; message: UserMessage }> {
  const fallback = profiles.find(({ name }) => name === step.fallback_profile);
  const { route, marker } = jobPaths(settings, step);
  const { cwd, ...places } = await emptyPlaces(route);
  const run: AgentRun = {
    invocation: agent.questionInvocation({
      model: settings.routerModel,
      instructions: CHOICE_INSTRUCTIONS,
      schema: choiceSchema(profiles),
    }),
    sessionId: randomUUID(),
    resume: false,
    cwd,
    readOnly: true,
    env: environmentOf(settings, agent, places, fallback?.env),
    configDir: places.config,
    writable: [places.home],
    readable: [],
    hidden: confinementOf(settings, step, step.repo_url).hidden,
    approvals: 'none',
    sandbox: fallback?.sandbox ?? 'auto',
    limits: limitsOf(settings),
    marker,
  };
  return { run, message: { id: randomUUID(), text: choiceQuestion(step, profiles), timeoutMs: TIMEOUT_MS } };
}

async function emptyPlaces(dir: string): Promise<Record<'cwd' | 'config' | 'home' | 'tmp', string>> {
  const places = {
    cwd: join(dir, 'work'),
    config: join(dir, 'config'),
    home: join(dir, 'home'),
    tmp: join(dir, 'tmp'),
  };
  await rm(dir, { recursive: true, force: true });
  for (const place of Object.values(places)) await mkdir(place, { recursive: true, mode: 0o700 });
  return places;
}
