import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';
import type { Seat } from './seat.ts';
import type { JobInput, JobProgress, JobStage, JobStatus, Spent } from '../contract/steps.ts';

const statusKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.status, SearchAttributeType.KEYWORD);
const sessionKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.session, SearchAttributeType.KEYWORD);

const before: JobProgress = {
  stage: 'queued',
  attempt: 0,
  hosts: [],
  resumed: false,
  disk: null,
  base_ref: null,
  branch: null,
  sha: null,
  diff: null,
  session_id: null,
  started_at: null,
  worktree_path: null,
  usage: null,
  cost_usd: null,
  num_turns: null,
  warnings: [],
  error: null,
};

/** The live record of a job, readable with all workers dead: every change goes to the memo and the Web UI at once. */
export class Progress {
  readonly #input: JobInput;
  #now: JobProgress = before;
  #status: JobStatus = 'queued';

  constructor(input: JobInput) {
    this.#input = input;
  }

  get now(): Readonly<JobProgress> {
    return this.#now;
  }

  /** A host has taken the job. */
  take(seat: Seat): void {
    const { attempt, host, disk, at } = seat;
    const started_at = this.#now.started_at ?? at;
    this.#now = { ...this.#now, attempt, hosts: [...this.#now.hosts, host], disk, started_at, resumed: false };
    if (this.#status === 'queued') this.#become('running');
  }

  /** The job has come to `stage`. */
  enter(stage: JobStage, known: Partial<JobProgress> = {}): void {
    this.show({ ...known, stage });
  }

  /** Something has become known that may wait for the next thing to be shown. */
  note(known: Partial<JobProgress>): void {
    this.#now = { ...this.#now, ...known };
  }

  /** Something about the job has become known. */
  show(known: Partial<JobProgress>): void {
    this.note(known);
    upsertMemo({ progress: this.#now });
    setCurrentDetails(describe(this.#status, this.#now));
  }

  /** Records the end; the stage stays what it was, so that a failure names where it happened. */
  end(status: JobStatus, error: JobProgress['error'] = null, spent: Spent | undefined = undefined): void {
    this.#become(status);
    this.show({ error, ...spent });
  }

  #become(status: JobStatus): void {
    this.#status = status;
    const { session_id } = this.#now;
    if (!this.#input.indexed) return;
    // Before the job's end its session is still written to: nobody shall find it.
    const session = session_id && isEnd(status) ? [{ key: sessionKey, value: session_id }] : [];
    upsertSearchAttributes([{ key: statusKey, value: status }, ...session]);
  }
}

const isEnd = (status: JobStatus): boolean => status !== 'queued' && status !== 'running' && status !== 'cancelling';

/** What the Web UI shows above everything else: it has room for about four lines. */
function describe(status: JobStatus, now: JobProgress): string {
  const { stage, branch, error, hosts, attempt, cost_usd } = now;
  const rows = {
    status: status === 'running' ? `running, ${stage.replaceAll('_', ' ')}` : status,
    branch,
    error: error && `${error.code}: ${error.message}`,
    host: hosts.length === 0 ? null : `${hosts.at(-1)}${attempt > 1 ? ` (attempt ${attempt})` : ''}`,
    cost: cost_usd === null ? null : `$${cost_usd.toFixed(4)}`,
  };
  const told = Object.entries(rows).filter(([, value]) => value !== null);
  return told.map(([name, value]) => `- **${name}**: ${value}`).join('\n');
}
