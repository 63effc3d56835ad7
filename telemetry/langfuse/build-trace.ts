import { defined } from '../../contract/shared/defined.ts';
import { redact } from '../../contract/shared/redact.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { Spent } from '../../contract/workflow/job-progress.ts';
import type { ChosenProfile, Shipment } from '../shipping/spool.ts';
import { AgentTrace } from './agent-trace.ts';
import { shortened, traceDigest, type Disclosure, type Observation, type Trace } from './observation.ts';

/** What the record says of a job or run that has ended. */
export interface TraceSubject {
  name: 'job' | 'plan' | 'run' | 'chat turn';
  status: string;
  owner: string;
  profile: string;
  agent: string | null;
  repo_url: string | null;
  session_id: string | null;
  pr_url: string | null;
  /** Why it failed. */
  problem: string | null;
  attempt: number;
  spent: Spent;
  started_at: string | null;
  ended_at: string | null;
  /** The data directory that it was on at last. */
  disk: string | null;
}

interface Known {
  shipment: Shipment;
  subject: TraceSubject;
  /** The events of the stream after those before it. */
  events: AsyncIterable<LoggedEvent>;
  /** Our data directory. */
  disk: string;
  disclosed: Disclosure;
}

const ROOT = 'root';

/**
 * The trace of a job or run, by what its event log here says: an agent for each of its answers with what the model has
 * used, its tools, and the stages and commands of the job. A host that was not the last tells its part of it.
 */
export async function buildTrace({ shipment, subject, events, disk, disclosed }: Known): Promise<Trace> {
  const parts = new Parts(disclosed);
  for await (const logged of events) if (logged.run === shipment.run) parts.hear(logged);
  const told = parts.end();
  if (shipment.choice !== undefined) told.unshift(choiceOf(shipment.choice));
  const isLast = subject.disk === null || subject.disk === disk;
  const observations = isLast ? [rootOf(shipment, subject, parts, told), ...told] : told;
  const { session_id, owner, name } = subject;
  return {
    id: traceDigest(16, shipment.id),
    ...{ name, session: session_id, user: owner, tags: tagsOf(subject) },
    metadata: metadataOf(shipment, subject),
    root: ROOT,
    observations,
  };
}

function rootOf(shipment: Shipment, subject: TraceSubject, parts: Parts, told: readonly Observation[]): Observation {
  const times = told.flatMap(({ start, end }) => [Number(start), Number(end)]);
  const now = Date.parse(shipment.since);
  const start = Math.min(Date.parse(subject.started_at ?? '') || now, ...times);
  const end = Math.max(Date.parse(subject.ended_at ?? '') || start, ...times);
  const { status, attempt, problem } = subject;
  return {
    ...{ key: ROOT, parent: null, kind: 'span', name: subject.name, start: new Date(start), end: new Date(end) },
    ...parts.texts(),
    ...defined({ problem: problem ?? undefined }),
    metadata: { status, attempt },
  };
}

const tagsOf = ({ profile, agent, repo_url }: TraceSubject): string[] => [
  ...(profile === '' ? [] : [`profile:${profile}`]),
  ...(agent === null ? [] : [`agent:${agent}`]),
  ...(repo_url === null ? [] : [`repo:${repoName(repo_url)}`]),
];

/** Host and path of a repository's address. */
const repoName = (url: string): string => redact(url).replace(/^\w+:\/\/([^@/]*@)?|\.git$/g, '');

/** Texts of at most 200 characters, as Langfuse takes them for a whole trace. */
function metadataOf({ id, stream }: Shipment, { pr_url, repo_url, status, attempt, spent }: TraceSubject) {
  const { usage, cost_usd } = spent;
  const all = {
    ...(id === stream ? { job_id: id } : { run_id: id, session_id: stream }),
    ...{ status, attempt, pr_url, cost_usd, ...usage },
    repo: repo_url === null ? null : repoName(repo_url),
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value == null ? [] : [[name, String(value).slice(0, 200)]])),
  );
}

const choiceOf = ({ started_at, ended_at, usage, cost_usd }: ChosenProfile): Observation => ({
  ...{ key: 'choice', parent: ROOT, kind: 'generation', name: 'choose profile' },
  ...{ start: new Date(started_at), end: new Date(ended_at) },
  ...defined({ usage: usage ?? undefined }),
  cost_usd: cost_usd ?? 0,
});

/** What is under way: a stage of the job or one of its commands. */
interface Open {
  key: string;
  name: string;
  start: Date;
  input?: string;
}

/** Makes observations of events, in their order. */
class Parts {
  readonly #disclosed: Disclosure;
  readonly #done: Observation[] = [];
  #stage: Open | undefined;
  #command: Open | undefined;
  #agent: AgentTrace | undefined;
  #last = new Date(0);
  #asked: string | undefined;
  #answer: string | undefined;

  constructor(disclosed: Disclosure) {
    this.#disclosed = disclosed;
  }

  hear(logged: LoggedEvent): void {
    const { seq, at, event } = logged;
    const time = new Date(at);
    this.#last = time;
    if (event.type === 'stage' || event.type === 'waiting' || event.type === 'ended') {
      this.#cutOff(time);
      this.#close('#stage', time);
      const name = event.type === 'stage' ? event.stage : 'waiting_for_model';
      if (event.type !== 'ended') this.#stage = { key: `stage ${seq} ${at}`, name, start: time };
    }
    if (event.type === 'command_started') {
      const command = this.#disclosed.toolDetails ? { input: shortened(event.command) } : {};
      this.#command = { key: `command ${seq} ${at}`, name: event.phase, start: time, ...command };
    }
    if (event.type === 'command_ended') this.#close('#command', time, event.outcome);
    this.#hearAgent(logged, time);
  }

  /** All that was heard of; what has no end has ended with the last that was heard. */
  end(): Observation[] {
    this.#cutOff(this.#last);
    this.#close('#command', this.#last);
    this.#close('#stage', this.#last);
    return this.#done;
  }

  /** What the agent was told at first, and what it has said at last. */
  texts(): { input?: string; output?: string } {
    return this.#disclosed.prompts ? defined({ input: this.#asked, output: this.#answer }) : {};
  }

  #hearAgent(logged: LoggedEvent, time: Date): void {
    const { event } = logged;
    if (event.type === 'run_started') {
      this.#cutOff(time);
      this.#agent = new AgentTrace({ ...logged, event }, ROOT, this.#disclosed);
    }
    if (event.type === 'user_message') this.#asked ??= shortened(event.text);
    if (event.type === 'text') this.#answer = shortened(event.text);
    this.#agent?.hear(logged);
    if (event.type !== 'run_ended') return;
    this.#done.push(...(this.#agent?.end(time, event.result) ?? []));
    this.#agent = undefined;
  }

  /** An agent of which no end was heard has ended by now. */
  #cutOff(time: Date): void {
    this.#done.push(...(this.#agent?.end(time) ?? []));
    this.#agent = undefined;
  }

  #close(what: '#stage' | '#command', end: Date, outcome?: string): void {
    const open = what === '#stage' ? this.#stage : this.#command;
    if (open === undefined) return;
    const problem = outcome === undefined || outcome === 'passed' ? {} : { problem: outcome };
    this.#done.push({ ...open, parent: ROOT, kind: 'span', end, ...problem });
    if (what === '#stage') this.#stage = undefined;
    else this.#command = undefined;
  }
}
