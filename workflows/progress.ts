import {
  defineSignal,
  proxySinks,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { defined } from '../contract/shared/defined.ts';
import { inlineCode } from '../contract/shared/markdown.ts';
import { searchAttributePairs } from '../contract/workflow/search-attributes.ts';
import { bounded } from './memo-limits.ts';
import { deliveryRows, detailsOf, failureRows, codeOf, spentRows, warningRows, watchRow } from './web-ui-details.ts';
import type { Seat } from './seat.ts';
import { firstTrace } from './tracing.ts';
import { checkTime, outcomeWords, type CommandCheck, type CheckPhase } from '../contract/workflow/checks.ts';
import { latest, NOTHING_SPENT, together } from '../contract/workflow/cost.ts';
import type { JobProgress, JobStatus, ProfileChoice, Spent } from '../contract/workflow/job-progress.ts';
import type { JobInput } from '../contract/workflow/job-spec.ts';
import { stageLabel, type JobStage } from '../contract/workflow/job-stages.ts';
import { hasEnded, type RecordSinks } from '../contract/workflow/record-sink.ts';
import { retryWords, STEP_RETRYING, type StepRetry } from '../contract/workflow/retries.ts';

const { records } = proxySinks<RecordSinks>();

const stepRetrying = defineSignal<[StepRetry]>(STEP_RETRYING);

const before: JobProgress = {
  stage: 'queued',
  attempt: 0,
  hosts: [],
  resumed: false,
  disk: null,
  base_ref: null,
  base_sha: null,
  branch: null,
  sha: null,
  diff: null,
  pr_url: null,
  recorded: [],
  session_id: null,
  started_at: null,
  waiting_until: null,
  retrying: null,
  worktree_path: null,
  usage: null,
  cost_usd: null,
  num_turns: null,
  warnings: [],
  checks: [],
  error: null,
};

/** The live record of a job, readable with all workers dead: every change goes to the memo and the Web UI at once. */
export class Progress {
  readonly #input: JobInput;
  readonly #memo: string;
  #now: JobProgress = before;
  #status: JobStatus = 'queued';
  #output: string | undefined;
  /** What the job had cost before its seat, and under it. */
  #account = { before: NOTHING_SPENT, seat: NOTHING_SPENT };

  /** `memo`: the part of the memo that it is shown in. */
  constructor(input: JobInput, memo = 'progress') {
    this.#input = input;
    this.#memo = memo;
    setHandler(stepRetrying, (retrying) => {
      // One that comes late is of a step that has ended.
      if (retrying.stage === this.#now.stage) this.show({ retrying });
    });
    this.#tell();
  }

  get now(): Readonly<JobProgress> {
    return this.#now;
  }

  /** A host has taken the job. */
  take(seat: Seat): void {
    const { attempt, host, disk, at } = seat;
    const started_at = this.#now.started_at ?? at;
    const { usage, cost_usd } = this.#now;
    this.#account = { before: { usage, cost_usd }, seat: NOTHING_SPENT };
    const fresh = { resumed: false, waiting_until: null, retrying: null };
    this.note({ attempt, hosts: [...this.#now.hosts, host], disk, started_at, ...fresh });
    if (this.#status === 'queued') this.#become('running');
  }

  /** The job has come to `stage`. */
  enter(stage: JobStage, known: Partial<JobProgress> = {}): void {
    this.show({ retrying: null, ...known, stage });
  }

  /** Something has become known that may wait for the next thing to be shown: each time is an event in the history. */
  note(known: Partial<JobProgress>): void {
    this.#now = bounded({ ...this.#now, ...known });
  }

  /** Something about the job has become known. */
  show(known: Partial<JobProgress>): void {
    this.note(known);
    upsertMemo({ [this.#memo]: this.#now });
    setCurrentDetails(describe(this.#status, this.#now));
    this.#tell();
  }

  /** Something is unusual, but no reason to fail. Shown with the next thing that becomes known. */
  warn(warnings: readonly string[]): void {
    if (warnings.length > 0) this.note({ warnings: [...this.#now.warnings, ...warnings] });
  }

  /**
   * The host says that all agents under the job's seat have cost `spent` so far. It is never less than it was. Shown
   * with the next thing that becomes known.
   */
  spend(spent: Spent): void {
    const { before, seat } = this.#account;
    this.#account = { before, seat: latest(seat, spent) };
    this.note(together(before, this.#account.seat));
  }

  /** The same, said at the end of the seat: nothing else may become known for long. */
  settle(spent: Spent): void {
    const before = this.#now;
    this.spend(spent);
    if (!isSame(before, this.#now)) this.show({});
  }

  /** The job's profile was chosen: from now on it is found by that, and by its agent. */
  choose(choice: ProfileChoice): void {
    const { profile, agent = null } = choice;
    const asked = this.#input.spec.agent;
    if (this.#input.indexed) upsertSearchAttributes(searchAttributePairs({ profile, agent: asked ?? agent }));
    this.note({ choice });
  }

  /** Records the end; the stage stays what it was, so that a failure names where it happened. */
  end(
    status: JobStatus,
    { error = null, output }: { error?: JobProgress['error']; output?: string | undefined },
  ): void {
    this.#output = output;
    this.#become(status);
    this.show({ error, retrying: null });
  }

  #tell(): void {
    const more = defined({ output: this.#output, trace: firstTrace() });
    records.job({ status: this.#status, progress: this.#now, ...more });
  }

  #become(status: JobStatus): void {
    this.#status = status;
    const { session_id, pr_url } = this.#now;
    if (!this.#input.indexed) return;
    // Before the job's end its session is still written to: it must not be found.
    const found = hasEnded(status) ? { session: session_id, pr: pr_url } : {};
    upsertSearchAttributes(searchAttributePairs({ status, ...found }));
  }
}

const isSame = (one: Spent, other: Spent): boolean =>
  one.cost_usd === other.cost_usd && JSON.stringify(one.usage) === JSON.stringify(other.usage);

function describe(status: JobStatus, now: JobProgress): string {
  const { stage, error, hosts, attempt, waiting_until, retrying, checks, choice, warnings } = now;
  return detailsOf({
    status: status === 'running' ? `running, ${stageLabel(stage)}` : status,
    until: waiting_until,
    retrying: retrying && codeOf(retryWords(retrying)),
    ...watchRow('runAgent', status === 'running' && stage === 'running_agent'),
    ...deliveryRows(now),
    ...(error !== null && hasEnded(status) && { 'failed while': `it was ${stageLabel(stage)}` }),
    ...failureRows(error),
    host: hosts.length === 0 ? null : `${hosts.at(-1)}${attempt > 1 ? ` (attempt ${attempt})` : ''}`,
    ...spentRows(now),
    profile: choice && `${choice.profile}, chosen because ${inlineCode(choice.reason)}`,
    setup: checkWords(checks, 'setup'),
    verify: checkWords(checks, 'verify'),
    ...warningRows(warnings),
  });
}

/** Each command of the last round of a phase, how it ended and how long it took; null where there is none. */
function checkWords(checks: readonly CommandCheck[], phase: CheckPhase): string | null {
  const ofPhase = checks.filter((check) => check.phase === phase);
  const last = ofPhase.at(-1)?.round;
  const words = ofPhase
    .filter(({ round }) => round === last)
    .map((check) => `${inlineCode(check.command)} ${outcomeWords(check)} ${checkTime(check)}`.trim());
  return words.length === 0 ? null : `${last === 1 ? '' : `round ${last}, `}${words.join(', ')}`;
}
