import type { Registry } from 'prom-client';
import type { CommandCheck } from '../contract/workflow/checks.ts';
import type { JobStatus, Spent } from '../contract/workflow/job-progress.ts';
import { hasEnded, type JobNow } from '../contract/workflow/record-sink.ts';
import type { RunProgress, RunStatus } from '../contract/workflow/run-state.ts';
import { jobSeries, type JobSeries, type KINDS, type VERDICTS, TOKENS } from './job-series.ts';

type Kind = (typeof KINDS)[number];

/** What was last heard of a job or run that goes on. */
interface Heard {
  profile: string;
  status: JobStatus | RunStatus;
  attempt: number;
  waiting_until: string | null;
  /** Of a job. */
  stage?: string;
  /** When it came to the stage (milliseconds of this process). */
  since: number;
  /** The try of its step that comes. */
  retry: number;
}

/** What it is that has ended, and how. */
interface End {
  status: string;
  code: string;
  spent: Spent;
  /** Empty where it is not known. */
  profile: string;
}

/**
 * Counts what the workflows that are decided in this process tell of jobs and runs. What one has cost is counted once,
 * at its end; stages, pauses and lost hosts only where what came before them was heard here.
 */
export class JobMetrics {
  readonly #going = new Map<string, Heard>();
  readonly #metrics: JobSeries;

  constructor(registry: Registry) {
    this.#metrics = jobSeries(registry);
  }

  job(id: string, kind: 'job' | 'plan', { status, progress }: JobNow, profile = ''): void {
    const { stage, retrying, error, usage, cost_usd, attempt, waiting_until, checks } = progress;
    const before = this.#going.get(id);
    const now = performance.now();
    if (before?.stage !== undefined && (before.stage !== stage || hasEnded(status)))
      this.#metrics.stages.observe({ stage: before.stage }, (now - before.since) / 1_000);
    if (retrying && retrying.attempt !== before?.retry)
      this.#metrics.retries.inc({ stage: retrying.stage, code: retrying.code });
    const since = before?.stage === stage ? before.since : now;
    const heard = { profile, status, attempt, waiting_until };
    this.#hear(id, kind, { ...heard, stage, since, retry: retrying?.attempt ?? 0 });
    if (!hasEnded(status)) return;
    const verified = verdictOf(checks);
    if (verified !== undefined) this.#metrics.verified.inc({ outcome: verified });
    this.#end(kind, { status, code: error?.code ?? '', spent: { usage, cost_usd }, profile });
  }

  run(id: string, { status, error, spent, attempt, waiting_until }: RunProgress, profile = ''): void {
    this.#hear(id, 'run', { profile, status, attempt, waiting_until, since: 0, retry: 0 });
    if (hasEnded(status)) this.#end('run', { status, code: error?.code ?? '', spent, profile });
  }

  #hear(id: string, kind: Kind, now: Heard): void {
    const before = this.#going.get(id);
    if (before?.profile !== now.profile) this.#expect(now.profile);
    if (before?.waiting_until === null && now.waiting_until !== null) this.#metrics.pauses.inc({ kind });
    // A seat that was given back, to wait for something, was not lost.
    const isHeld = before?.status === 'running' && before.waiting_until === null && before.attempt > 0;
    if (isHeld && now.attempt > before.attempt) this.#metrics.takeovers.inc({ kind });
    if (hasEnded(now.status)) this.#going.delete(id);
    else this.#going.set(id, now);
  }

  /** Lets what is to come of a profile begin at zero. */
  #expect(profile: string): void {
    for (const type of TOKENS) this.#metrics.tokens.inc({ profile, type }, 0);
    this.#metrics.cost.inc({ profile }, 0);
  }

  #end(kind: Kind, { status, code, spent, profile }: End): void {
    const { ended, tokens, cost } = this.#metrics;
    ended.inc({ kind, status, code });
    for (const [type, count] of Object.entries<number>({ ...spent.usage }))
      tokens.inc({ profile, type: type.replace('_tokens', '') }, count);
    if (spent.cost_usd !== null) cost.inc({ profile }, spent.cost_usd);
  }
}

/** How the last round of `verify` went; `mended`: the agent was told of what had failed before. */
function verdictOf(checks: readonly CommandCheck[]): (typeof VERDICTS)[number] | undefined {
  const verify = checks.filter(({ phase }) => phase === 'verify');
  const last = verify.at(-1)?.round;
  if (last === undefined) return undefined;
  if (verify.some(({ round, outcome }) => round === last && outcome !== 'passed')) return 'failed';
  return last === 1 ? 'passed' : 'mended';
}
