import type { StatsQuery, StatsReply } from '../../contract/http/stats.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW, RUN_WORKFLOW, type WorkflowType } from '../../contract/workflow/names.ts';
import type { ServiceContext } from '../context.ts';
import type { PageOf } from '../http/typed-app.ts';
import { toRecord, type JobExecution } from '../jobs/record.ts';
import { toRunRecord, type RunExecution } from '../sessions/run-record.ts';
import { listExecutions, type Execution } from '../temporal/visibility.ts';
import { selectAll, selectJobs } from '../temporal/visibility-query.ts';
import { sumUp, type Lived } from './sum-up.ts';

const PAGE = 1_000;

/** Most jobs, and most runs, of one answer: each page takes Temporal some 100 ms. */
const MAX_PAGES = 10;

const WEEK_MS = 7 * 86_400_000;

type Found<Memo> = { executions: Execution<Memo>[]; complete: boolean };

/** How the jobs, plans and runs of an owner have ended, from what Temporal keeps of them. */
export class Stats {
  readonly #context: Pick<ServiceContext, 'client' | 'index'>;

  constructor(context: Pick<ServiceContext, 'client' | 'index'>) {
    this.#context = context;
  }

  async read(owner: string, query: StatsQuery): Promise<PageOf<typeof StatsReply>> {
    const until = new Date();
    const since = new Date(query.since ?? until.getTime() - WEEK_MS).toISOString();
    const [jobs, plans, runs] = await Promise.all([
      this.#find<JobExecution['memo']>(owner, since, JOB_WORKFLOW),
      this.#find<JobExecution['memo']>(owner, since, PLAN_WORKFLOW),
      this.#find<RunExecution['memo']>(owner, since, RUN_WORKFLOW),
    ]);
    const lived = [
      ...[...jobs.executions, ...plans.executions].map((each) => livedJob(toRecord(each, null))),
      ...runs.executions.map(livedRun),
    ];
    const complete = jobs.complete && plans.complete && runs.complete;
    return { since, until: until.toISOString(), complete, ...sumUp(lived) };
  }

  /** The owner's workflows of a type that began since then: open ones first, then the newest. */
  async #find<Memo extends { request?: { owner: string } }>(
    owner: string,
    since: string,
    type: WorkflowType,
  ): Promise<Found<Memo>> {
    const { client, index } = this.#context;
    const select = index.searchable ? selectJobs(owner, { since }, type) : selectAll(type);
    const from = Date.parse(since);
    const isWanted = ({ memo, startTime }: Execution<Memo>): boolean =>
      memo.request?.owner === owner && startTime.getTime() >= from;
    const executions: Execution<Memo>[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await listExecutions<Memo>(client, select, PAGE, cursor);
      executions.push(...page.executions.filter(isWanted));
      if (page.nextCursor === null) return { executions, complete: true };
      cursor = page.nextCursor;
    }
    return { executions, complete: false };
  }
}

function livedJob(job: JobRecord): Lived {
  const verify = job.checks.filter(({ phase, outcome }) => phase === 'verify' && outcome !== 'skipped');
  return {
    ...{ kind: 'job', profile: job.profile, status: job.status, code: job.error_code, attempt: job.attempt },
    ...{ created_at: job.created_at, started_at: job.started_at, ended_at: job.ended_at },
    isRetry: job.retry_of !== null,
    hasPullRequest: job.pr_url !== null,
    verified: verify.length === 0 ? null : verify.every(({ outcome }) => outcome === 'passed'),
  };
}

function livedRun(execution: RunExecution): Lived {
  const run = toRunRecord(execution, null);
  return {
    ...{ kind: 'run', profile: execution.memo.request.profile, status: run.status, code: run.error_code },
    ...{ attempt: run.attempt, created_at: run.created_at, started_at: run.started_at, ended_at: run.ended_at },
    isRetry: false,
    hasPullRequest: run.delivered?.pr_url != null,
    verified: null,
  };
}
