import { confinedBy } from '../git/confined.ts';
import type { RunConfined } from '../git/commit.ts';
import type { WorkPlace } from '../contract/workflow/seat.ts';
import { environmentOf } from './agent-env.ts';
import { confinementOf } from './sandbox-rules.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';

/** Names of the model's credentials, which a git in the checkout has no use for. */
const MODEL_CREDENTIAL = /^(ANTHROPIC_|CLAUDE_CODE_OAUTH_TOKEN)/;

/** Runs git in the checkout of a job as its agent could: what it triggers there can do no more than the agent could. */
export function confinedTo(settings: HostSettings, place: WorkPlace, repoUrl: string): RunConfined {
  const surroundings = Object.entries(environmentOf(settings, jobPaths(settings, place)));
  const env = Object.fromEntries(surroundings.filter(([name]) => !MODEL_CREDENTIAL.test(name)));
  const rules = confinementOf(settings, place, repoUrl);
  return confinedBy({ ...rules, network: false, sandbox: 'auto', missing: 'internal' }, env, place.job_id);
}
