import type { AgentStep } from '../contract/workflow/steps.ts';
import { fillTemplate } from '../contract/shared/template.ts';
import type { TaskValues } from '../profiles/schema.ts';

/**
 * What an agent is told at first: its task, to go on in the session that was interrupted, or where a job failed, or to
 * mend what its work lacks.
 */
export type PromptKind = 'task' | 'resume' | 'go_on' | 'fix';

/** What a resumed agent is told in place of the task, which its session has. */
const GO_ON =
  'You were interrupted in the middle of your work. Your files are as you left them, but a command that was running did not finish. ' +
  'Look at what is done, and go on with the task where you stopped. If all of it is done, say so and sum it up.';

/** What the agent of a retry is told; its session may lack the task. */
const TRY_AGAIN =
  'The job you worked on failed before it was done, and is tried again. The repository is as you left it. Look at what is done, and go on with the task where you stopped.';

const IT_FAILED = 'It failed with:';
const THE_TASK = 'The task was:';

const PLAN =
  'Make a plan for the task below; do not do the task. You can read files and search in them, and nothing else. Look at as much as you need, then say the plan: what is to be changed and why, in which files, in which order, how the result is checked, and what is uncertain. Who does the work gets the task and your plan, and nothing else of what you saw.';

/** What a resumed agent is told that makes a plan. */
const GO_ON_PLANNING = 'You were interrupted in the middle of your work. Go on with the plan where you stopped.';

/**
 * The agent's prompt. `append` is the template of what the profile adds to every task that is to be done, `planNote`
 * what a plan must say to this agent.
 */
export function promptOf(step: AgentStep, append: string | null, kind: PromptKind, planNote: string): string {
  const { task } = step.request;
  if (step.plan)
    return kind === 'resume' ? `${GO_ON_PLANNING} ${planNote}` : `${PLAN} ${planNote}\n\n<task>\n${task}\n</task>`;
  if (kind === 'resume') return GO_ON;
  if (kind === 'fix' && step.fix !== undefined) return step.fix.text;
  return [begin(step, append, kind), step.fix?.text].filter(Boolean).join('\n\n');
}

/** What the agent of a session is told that lacks the task. */
function begin(step: AgentStep, append: string | null, kind: PromptKind): string {
  const { task, repo_url = '', profile, retry } = step.request;
  if (kind === 'go_on')
    return [TRY_AGAIN, retry?.problem && `${IT_FAILED}\n${retry.problem}`, THE_TASK, task].filter(Boolean).join('\n\n');
  if (append === null) return task;
  const { base_ref, job_id } = step;
  const values: TaskValues = {
    TASK: task,
    REPO_URL: repo_url,
    BASE_REF: base_ref ?? '',
    JOB_ID: job_id,
    PROFILE: profile,
  };
  return `${task}\n\n${fillTemplate(append, values)}`;
}
