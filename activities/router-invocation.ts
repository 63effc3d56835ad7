import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RouteStep } from '../contract/workflow/steps.ts';
import { CHOICE_INSTRUCTIONS, choiceQuestion, choiceSchema } from '../profiles/model-choice.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import type { AgentRun } from '../runners/runner.ts';
import { environmentOf } from './agent-env.ts';
import { confinementOf } from './sandbox-rules.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';

/** Longest time that a choice may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** A second turn, for a model that has not answered in the form it was given. */
const MAX_TURNS = 2;

/** How often a model that does not answer is asked again: the CLI's own ten times take minutes. */
const RETRIES = '2';

/**
 * The run that chooses a profile: without tools, in empty directories of its own that see neither the repository nor
 * another job, and in the sandbox and with the variables that the fallback profile asks for.
 */
export async function prepareRoute(
  settings: HostSettings,
  step: RouteStep,
  profiles: readonly ResolvedProfile[],
): Promise<AgentRun> {
  const fallback = profiles.find(({ name }) => name === step.fallback_profile);
  const { cwd, ...places } = await emptyPlaces(jobPaths(settings, step).route);
  return {
    prompt: choiceQuestion(step, profiles),
    session_id: randomUUID(),
    resume: false,
    cwd,
    read_only: true,
    env: { ...environmentOf(settings, places, fallback?.env), CLAUDE_CODE_MAX_RETRIES: RETRIES },
    args: argsOf(settings.routerModel, profiles),
    config_dir: places.config,
    writable: [places.home],
    readable: [],
    hidden: confinementOf(settings, step, step.repo_url).hidden,
    timeout_ms: TIMEOUT_MS,
    message_uuid: randomUUID(),
    sandbox: fallback?.sandbox ?? 'auto',
    marker: step.job_id,
    binary: settings.claudeBinary,
  };
}

const argsOf = (model: string, profiles: readonly ResolvedProfile[]): string[] => [
  `--model=${model}`,
  '--tools=',
  '--permission-mode=dontAsk',
  '--disable-slash-commands',
  '--no-session-persistence',
  `--max-turns=${MAX_TURNS}`,
  `--system-prompt=${CHOICE_INSTRUCTIONS}`,
  `--json-schema=${choiceSchema(profiles)}`,
];

async function emptyPlaces(dir: string): Promise<Record<'cwd' | 'config' | 'home' | 'tmp', string>> {
  const places = {
    cwd: join(dir, 'work'),
    config: join(dir, 'claude'),
    home: join(dir, 'home'),
    tmp: join(dir, 'tmp'),
  };
  await rm(dir, { recursive: true, force: true });
  for (const place of Object.values(places)) await mkdir(place, { recursive: true, mode: 0o700 });
  return places;
}
