import { proxySinks, setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { defined } from '../../contract/shared/defined.ts';
import { latest, NOTHING_SPENT, together } from '../../contract/workflow/cost.ts';
import type { Spent } from '../../contract/workflow/job-progress.ts';
import type { RecordSinks } from '../../contract/workflow/record-sink.ts';
import type { RunInput, RunLeft, RunPlace, RunProgress, RunStatus } from '../../contract/workflow/run-state.ts';
import { searchAttributePairs } from '../../contract/workflow/search-attributes.ts';
import type { Seat } from '../seat.ts';
import { firstTrace } from '../tracing.ts';
import { deliveryRows, detailsOf, failureRows, spentRows, warningRows, watchRow } from '../web-ui-details.ts';

const { records } = proxySinks<RecordSinks>();

/** Most characters of the last words that a session gets of a run. */
const MAX_LEFT_TEXT = 8 * 1024;

const before: RunProgress = {
  status: 'queued',
  attempt: 0,
  host: null,
  hostname: null,
  disk: null,
  started_at: null,
  warm: false,
  restarted: false,
  spent: NOTHING_SPENT,
  num_turns: null,
  waiting_until: null,
  warnings: [],
  delivered: null,
  error: null,
};

/** The live record of a run, readable with all workers dead, and what it leaves to its session. */
export class RunRecorder {
  readonly #input: RunInput;
  readonly #runId: string;
  #now: RunProgress = before;
  #place: RunPlace;
  #worktreePath: string | null = null;
  /** How often, and how long in all (milliseconds), it has waited for the model without a seat. */
  #waits = { count: 0, ms: 0 };
  /** What the run had cost before its seat, and under it. */
  #account = { before: NOTHING_SPENT, seat: NOTHING_SPENT };

  constructor(input: RunInput) {
    this.#input = input;
    this.#runId = input.brief.id;
    this.#place = input.place;
  }

  get now(): Readonly<RunProgress> {
    return this.#now;
  }

  get place(): Readonly<RunPlace> {
    return this.#place;
  }

  /** A host has taken the run. */
  take({ attempt, host, hostname, disk, at }: Seat): void {
    this.#account = { before: this.#now.spent, seat: NOTHING_SPENT };
    const started_at = this.#now.started_at ?? at;
    this.show({ status: 'running', attempt, host, hostname, disk, started_at, waiting_until: null });
  }

  /** Something about where it works has become known. */
  settle(place: Partial<RunPlace>, worktreePath?: string): void {
    this.#place = { ...this.#place, ...place };
    this.#worktreePath = worktreePath ?? this.#worktreePath;
  }

  /** The host says what all turns under the seat have cost so far; it is never less than it was. */
  spend(spent: Spent): void {
    const { before, seat } = this.#account;
    this.#account = { before, seat: latest(seat, spent) };
    this.#now = { ...this.#now, spent: together(before, this.#account.seat) };
  }

  get waits(): Readonly<{ count: number; ms: number }> {
    return this.#waits;
  }

  /** The run goes on at `until` (milliseconds since 1970), after `ms`. */
  wait(until: number, ms: number): void {
    this.#waits = { count: this.#waits.count + 1, ms: this.#waits.ms + ms };
    this.show({ status: 'queued', waiting_until: new Date(until).toISOString() });
  }

  warn(warnings: readonly string[]): void {
    this.#now = { ...this.#now, warnings: [...new Set([...this.#now.warnings, ...warnings])].slice(0, 20) };
  }

  show(known: Partial<RunProgress>): void {
    const { status } = this.#now;
    this.#now = { ...this.#now, ...known };
    upsertMemo({ progress: this.#now });
    if (this.#now.status !== status && this.#input.indexed)
      upsertSearchAttributes(searchAttributePairs({ status: this.#now.status }));
    setCurrentDetails(describe(this.#now));
    records.run({ ...this.#now, ...defined({ trace: firstTrace() }) });
  }

  /** What the session needs of the run when it is over. */
  left(status: RunStatus, text: string): RunLeft {
    const { hostname, spent, num_turns, warnings, delivered } = this.#now;
    return {
      run_id: this.#runId,
      status,
      place: this.#place,
      hostname,
      worktree_path: this.#worktreePath,
      spent,
      num_turns: num_turns ?? 0,
      text: text.slice(0, MAX_LEFT_TEXT),
      warnings,
      delivered,
    };
  }
}

function describe(now: RunProgress): string {
  const { status, attempt, host, spent, waiting_until, error, warm, restarted, delivered, warnings } = now;
  return detailsOf({
    status,
    until: waiting_until,
    ...watchRow('runTurn', status === 'running'),
    'a decision': status === 'waiting_approval' ? 'is waited for: its session, the parent, says how to decide' : null,
    host: host && `${host}${attempt > 1 ? ` (attempt ${attempt})` : ''}`,
    agent: warm ? 'was still running' : restarted ? 'began anew' : null,
    ...(delivered !== null && deliveryRows(delivered)),
    ...failureRows(error),
    ...spentRows(spent),
    ...warningRows(warnings),
  });
}
