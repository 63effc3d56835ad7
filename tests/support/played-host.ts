/** A host whose activities are played: what a workflow asks of it is noted, and answered as the test says. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, type Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import type { Activities } from '../../activities/index.ts';
import { deferred } from '../../contract/shared/deferred.ts';
import { branchNames, filesQueue, SEAT_TAKEN, seatsQueue } from '../../contract/workflow/names.ts';
import type { Delivery } from '../../contract/workflow/delivery.ts';
import type { HoldSeatStep } from '../../contract/workflow/hold-seat.ts';
import { HOST_PROTOCOL, type SeatReport, type SeatTaken } from '../../contract/workflow/seat.ts';
import type { SessionSteps } from '../../contract/workflow/run-state.ts';
import type { PreparedWork, ProfileFacts } from '../../contract/workflow/steps.ts';
import { NOTHING_SPENT } from '../../contract/workflow/cost.ts';

type AllSteps = Activities & SessionSteps;
type Name = Exclude<keyof AllSteps, 'holdSeat'>;

/** How the steps are played: each is given its step and the seat, and answers, or fails, as the host's own would. */
export type Part = {
  [Each in Name]: (
    step: Parameters<AllSteps[Each]>[0],
    seat: PlayedSeat,
  ) => Awaited<ReturnType<AllSteps[Each]>> | ReturnType<AllSteps[Each]>;
};

/** A seat of the host, while it is held. */
class PlayedSeat {
  readonly token = randomUUID();
  readonly asked: HoldSeatStep;
  /** What its heartbeats say. */
  report: SeatReport;
  /** Whether it is to say nothing any more, as if the host had died. */
  silent = false;
  readonly #over = deferred();

  constructor(asked: HoldSeatStep) {
    this.asked = asked;
    this.report = { seq: asked.seen_seq, spent: NOTHING_SPENT };
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Gives the seat back. */
  release(): void {
    this.#over.resolve();
  }

  /** Says that the host holds the job no more. */
  lose(): void {
    this.#over.reject(ApplicationFailure.create({ ...seatLost, details: [this.report] }));
  }
}

const seatLost = { message: 'this worker no longer holds the job', type: 'seat_lost', nonRetryable: true };

/** How a failure of a host reaches the workflow. */
export const failure = (type: string, details: object[] = [], nonRetryable = true): ApplicationFailure =>
  ApplicationFailure.create({ message: `it was ${type}`, type, nonRetryable, details });

const never = new Promise<never>(() => undefined);

const sha = 'a'.repeat(40);

const factsOf = (attempt: number): ProfileFacts => ({
  timeout_s: 60,
  agent: 'claude',
  deliver: 'pr',
  session_id: `session-${attempt}`,
  pull_request: { draft: false, labels: [], reviewers: [] },
  delivery_timeout_s: 60,
});

/** The worktree and the profile, which has more `facts`. */
export const prepared = (attempt: number, facts: Partial<ProfileFacts> = {}, reused = false): PreparedWork => ({
  worktree: { path: '/worktrees/1', reused },
  profile: { ...factsOf(attempt), ...facts },
});

export const delivered: Delivery = { diff: { files: 1, insertions: 1, deletions: 0 }, warnings: [] };

/** A job that goes well. */
const well: Part = {
  createRepository: () => ({ created: true }),
  updateMirror: ({ job_id }) => {
    const { short: branch } = branchNames(job_id);
    return { base: { ref: 'main', sha }, branch, tip: null, pull_request_base: 'main' };
  },
  prepareWork: ({ attempt }) => prepared(attempt),
  completeCheckout: () => undefined,
  routeProfile: () => ({ profile: 'code', reason: 'it writes code' }),
  restoreCache: () => ({ key: 'cache-1', restored: false, warnings: [] }),
  runCommand: () => ({ outcome: 'passed', exit_code: 0, duration_ms: 1, output: '' }),
  finishSetup: () => ({ warnings: [] }),
  runAgent: (_step, seat) => answerOf(seat),
  commitWork: () => ({ sha: 'b'.repeat(40), warnings: [], keep: false }),
  restoreWork: () => ({ warnings: [] }),
  deliver: () => delivered,
  openPullRequest: () => ({ pr_url: 'https://forge.test/pulls/1', warnings: [] }),
  pauseJob: (_step, seat) => seat.release(),
  removeWorktree: (_step, seat) => {
    seat.release();
    return { transcript: null, size_bytes: null };
  },
  prepareWorktree: () => ({ path: '/worktrees/1', branch: 'agenticore-1', base: { ref: 'main', sha }, size_bytes: 1 }),
  leaveWorktree: (_step, seat) => seat.release(),
  dropWorktree: () => undefined,
  runTurn: ({ message, generation, number, place, attempt }, seat) => {
    spend(seat, 1);
    return {
      status: 'succeeded',
      output: `answer to ${message.text ?? ''}`,
      agent_session: 'agent-session-1',
      generation,
      spent: seat.report.spent,
      num_turns: 1,
      warm: number > 1,
      restarted: false,
      warnings: [],
      ...(place?.disk === null && { made: { profile: factsOf(attempt), worktree_path: '/worktrees/1' } }),
    };
  },
  endAgent: () => undefined,
  leaveSession: (_step, seat) => seat.release(),
  answerApproval: () => undefined,
  noteEvents: () => undefined,
  closeSession: () => ({ kept: null }),
};

/** What an agent says at its end that cost a dollar, on a seat where that is added to what was spent. */
export function answerOf(seat: PlayedSeat): Awaited<ReturnType<Activities['runAgent']>> {
  spend(seat, 1);
  const usage = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_creation_tokens: 0 };
  const result = {
    status: 'succeeded' as const,
    session_id: 'session-1',
    text: 'All done.',
    usage,
    cost_usd: 1,
    num_turns: 1,
  };
  return { result, spent: seat.report.spent, resumed: false, warnings: [] };
}

/** Adds `dollars` to what was spent under the seat. */
export function spend(seat: PlayedSeat, dollars: number): void {
  const { spent } = seat.report;
  seat.report = { ...seat.report, spent: { ...spent, cost_usd: (spent.cost_usd ?? 0) + dollars } };
}

/**
 * Plays an activity, with heartbeats unless the host of the seat has fallen silent, until it is cancelled at the
 * latest, unless it `outlives` that.
 */
async function alive<T>(seat: PlayedSeat | undefined, play: () => T, outlives = false): Promise<Awaited<T>> {
  const context = Context.current();
  const beat = setInterval(() => {
    if (!seat?.silent) context.heartbeat(seat?.report);
  }, 100);
  try {
    const played = seat?.silent ? never : Promise.resolve().then(play);
    return await (outlives ? played : Promise.race([played, context.cancelled]));
  } finally {
    clearInterval(beat);
  }
}

export interface PlayedHost {
  /** The steps that it was asked for, in their order. */
  calls: { name: Name; step: object }[];
  /** The names of `calls`. */
  names: () => Name[];
  /** Every seat that it has held. */
  seats: PlayedSeat[];
  stop: () => Promise<void>;
}

export interface HostTraits {
  /** The queue of its steps, where its name is to be known. */
  host?: string;
  disk?: string;
  /** What it says that it understands. */
  protocol?: number;
  /** Throws where it takes no job now. */
  admit?: () => void;
}

interface HostOptions {
  address: string;
  client: Client;
  part: Partial<Part>;
  traits: HostTraits;
}

/** Starts a host that plays `part`, and for the rest a job that goes well. It takes every seat that is asked for. */
export async function startPlayedHost({ address, client, part, traits }: HostOptions): Promise<PlayedHost> {
  const { host = `host-${randomUUID()}`, disk = 'disk-1', protocol = HOST_PROTOCOL, admit } = traits;
  const seats: PlayedSeat[] = [];
  const calls: PlayedHost['calls'] = [];
  const holdSeat = async (asked: HoldSeatStep): Promise<SeatReport> => {
    admit?.();
    const seat = new PlayedSeat(asked);
    seats.push(seat);
    return alive(seat, async () => {
      const { token } = seat;
      const at = new Date().toISOString();
      const taken: SeatTaken = { protocol, asking: asked.asking, host, hostname: 'here', token, at, disk };
      const { workflowId = asked.job_id } = Context.current().info.workflowExecution ?? {};
      await client.workflow.getHandle(workflowId).signal(SEAT_TAKEN, taken);
      await seat.over;
      return seat.report;
    });
  };
  const steps = Object.fromEntries(
    Object.entries({ ...well, ...part }).map(([name, play]) => [
      name,
      async (step: { token?: string }) => {
        calls.push({ name: name as Name, step });
        const seat = seats.find(({ token }) => token === step.token);
        const played = (): unknown => (play as (step: object, seat: PlayedSeat | undefined) => unknown)(step, seat);
        return alive(seat, played, name === 'runTurn');
      },
    ]),
  );
  // One for each host: a connection takes one worker of a queue.
  const connection = await NativeConnection.connect({ address });
  const options = { connection, namespace: client.options.namespace, maxHeartbeatThrottleInterval: '100ms' } as const;
  const workers = await Promise.all([
    ...[seatsQueue(), seatsQueue(disk)].map((taskQueue) =>
      Worker.create({ ...options, taskQueue, activities: { holdSeat }, shutdownGraceTime: 0 }),
    ),
    ...[host, filesQueue(disk)].map((taskQueue) =>
      Worker.create({ ...options, taskQueue, activities: steps, shutdownGraceTime: 0 }),
    ),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  let stopped: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    for (const worker of workers) worker.shutdown();
    await running;
    await connection.close();
  };
  const stop = (): Promise<void> => (stopped ??= end());
  return { calls, names: () => calls.map(({ name }) => name), seats, stop };
}

/** What a turn answers when it is cancelled: what was said until then. */
export async function interrupted<Answer extends object>(answer: Answer): Promise<Answer & { status: 'interrupted' }> {
  await Context.current().cancelled.catch(() => undefined);
  return { ...answer, status: 'interrupted' };
}
