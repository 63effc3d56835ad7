import { setTimeout as sleep } from 'node:timers/promises';
import type { JobBrief } from '../contract/http/job-record.ts';
import { hasEnded, type JobNow } from '../contract/workflow/record-sink.ts';
import { RedisConnection } from './redis-connection.ts';

/** What is known of a job beside what its workflow tells. */
interface KnownJob {
  id: string;
  /** The request; undefined where the workflow was started by hand. */
  request: JobBrief | undefined;
  plan_id: string | undefined;
}

/** What stands in Redis of a job, and for how long (seconds). */
interface Shown {
  fields: Record<string, string>;
  ttlS: number;
}

/** Jobs whose newest state may wait for a Redis that is away; what comes on top is dropped. */
const MAX_WAITING = 1_000;

/** Jobs that are written at once. */
const BATCH = 50;

/** How long a Redis that is away is left alone (milliseconds). */
const PAUSE_MS = 1_000;

/**
 * Shows jobs to those who read them in Redis: the hash `<prefix>:job:<id>` with the fields, texts and time to live that
 * Python agenticore gave it. Best effort: the workflow is what counts.
 */
export class RedisJobs {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  /** The newest state of each job that is to be written. */
  readonly #waiting = new Map<string, Shown>();
  readonly #closing = new AbortController();
  #writing: Promise<void> | undefined;

  constructor({ url, prefix }: { url: string; prefix: string }) {
    this.#connection = new RedisConnection(url);
    this.#prefix = prefix;
  }

  /** Writes what a job is now; returns at once and never fails. */
  show(job: KnownJob, now: JobNow): void {
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(job.id)) return;
    this.#waiting.set(job.id, { fields: fieldsOf(job, now), ttlS: job.request?.ttl_seconds ?? DAY_S });
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
    this.#connection.close();
  }

  /** A job whose state is newer than what was written is written again. */
  async #write(): Promise<void> {
    while (this.#waiting.size > 0) {
      const jobs = [...this.#waiting].slice(0, BATCH);
      if (await this.#written(jobs)) {
        for (const [id, state] of jobs) if (this.#waiting.get(id) === state) this.#waiting.delete(id);
      } else if (this.#closing.signal.aborted) return;
      else await sleep(PAUSE_MS, undefined, { ref: false, signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  #written(jobs: [string, Shown][]): Promise<boolean> {
    const written = this.#connection.call((redis) => {
      const all = redis.multi();
      for (const [id, { fields, ttlS }] of jobs) {
        const key = `${this.#prefix}:job:${id}`;
        // A field that is not known any more goes.
        all.del(key).hset(key, fields).expire(key, ttlS);
      }
      return all.exec();
    });
    return written.then(
      () => true,
      () => false,
    );
  }
}

/** The reference's time to live of a job that says nothing of its own (seconds). */
const DAY_S = 86_400;

/** The fields that Python agenticore had, and what dashboards want beside them; what is not known is left out. */
function fieldsOf({ id, request, plan_id }: KnownJob, { status, progress, output }: JobNow): Record<string, string> {
  const { stage, base_ref, session_id, pr_url, branch, sha, worktree_path, error, hosts, usage } = progress;
  const fields = {
    ...{ id, status, stage, base_ref, session_id, pr_url, branch, sha, worktree_path, output },
    task: request?.task,
    repo_url: request?.repo_url,
    profile: progress.choice?.profile ?? request?.profile,
    mode: request?.mode,
    agent: request?.agent,
    model: request?.model,
    owner: request?.owner,
    file_path: request?.file_path,
    worktree_id: request?.worktree_id,
    plan_id: plan_id ?? request?.plan_id,
    ttl_seconds: request?.ttl_seconds,
    error: error?.message,
    error_code: error?.code,
    pod_name: hosts.at(-1),
    attempt: progress.attempt,
    cost_usd: progress.cost_usd,
    num_turns: progress.num_turns,
    usage: usage && JSON.stringify(usage),
    created_at: request?.created_at,
    started_at: progress.started_at,
    ended_at: hasEnded(status) ? new Date().toISOString() : null,
  };
  const known = Object.entries(fields).filter(([, value]) => value != null);
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
}
