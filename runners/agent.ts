import type { AgentName } from '../contract/shared/agents.ts';
import type { AgentEvent, RunResult } from '../contract/shared/events.ts';
import { Failure, type FailureType } from '../contract/shared/failures.ts';
import type { JsonObject } from '../contract/shared/merge-json.ts';
import type { RunningProcess } from '../processes/spawn.ts';
import type { AgentSections } from './sections.ts';

/** The part of a resolved profile that an agent reads. */
export interface AgentProfile extends AgentSections {
  permissions: { allow: string[]; deny: string[] };
  /** Rules for tool calls that count, besides `permissions`, where somebody is there to be asked. */
  approvals: { allow: string[]; ask: string[]; deny: string[] };
  trust_repo: boolean;
  /** Folders with further files of the profile, the furthest parent first. */
  folders: string[];
}

/** MCP servers beside those of the profile: `every` job's come first, `more`, the job's own, last. */
export interface ServerFiles {
  every?: JsonObject | undefined;
  more?: JsonObject | undefined;
}

/** How the agent is started for a profile. Plain data: it is stored between `materialize` and `open`. */
export interface Invocation {
  /** Arguments that the profile adds. Never secrets: command lines can be read by others. */
  args: string[];
  /** Further ones where tool calls are asked for. */
  asking?: string[];
  /** Variables for the agent's environment. Never secrets. */
  env: Record<string, string>;
  /** Text of the profile for the system prompt. */
  instructions: string | null;
  /** Further directories that the agent may read. */
  readable: string[];
  /** What only the agent's own driver reads. Never secrets. */
  options?: object;
}

/** One question that a model answers as JSON, without tools. */
export interface Question {
  /** The agent's own small one when undefined. */
  model: string | undefined;
  instructions: string;
  /** JSON schema of the answer. */
  schema: string;
}

/** What a repository tells its agents. */
export interface Instructions {
  /** Plain text for the system prompt; undefined where there are none. */
  text: string | undefined;
  /** What the agent does not get of them. */
  warnings: string[];
}

/** The transcripts of an agent's sessions in its configuration directory. Sessions are named by us. */
export interface SessionStore {
  /** Path of the session's transcript; undefined where there is none, or where the agent may have put a link there. */
  find(configDir: string, sessionId: string): Promise<string | undefined>;
  /**
   * Copies `transcript`, a file that was kept of an earlier job, to where the agent finds it; throws `ENOENT` where it
   * is gone.
   */
  import(configDir: string, sessionId: string, transcript: string): Promise<void>;
  /**
   * Makes `sessionId` a session that begins with what `transcript`, a file that may grow meanwhile, says before the
   * first message for which `isOver` holds.
   */
  fork(configDir: string, sessionId: string, transcript: string, isOver: (messageId: string) => boolean): Promise<void>;
  /** Moves a session that cannot be resumed out of the way, so that its id is free again. */
  discard(configDir: string, sessionId: string): Promise<void>;
}

/** Where the agent's program sends what it tells of itself, and how much that may be. */
export interface AgentTelemetry {
  /** Base address of a receiver of OTLP over HTTP, which asks for no credential. */
  url: string;
  /** W3C; the span below which those of the first answer are. */
  traceparent?: string;
  prompts: boolean;
  /** Names and arguments of tools. */
  toolDetails: boolean;
}

/** Everything a conversation with an agent needs; nothing else reaches the agent. Paths are absolute. */
export interface AgentRun {
  invocation: Invocation;
  /** UUID of the session, chosen by us; with `resume` its transcript must be in `configDir`. */
  sessionId: string;
  resume: boolean;
  /** Session, with its transcript in `configDir`, whose conversation a new `sessionId` begins with. */
  forkOf?: string;
  cwd: string;
  /** In a sandbox the agent cannot write to `cwd`. Without a sandbox the agent only has no tool for it. */
  readOnly: boolean;
  /** The agent's complete environment, see environment.ts. */
  env: Record<string, string>;
  /** The agent's own configuration and transcripts; only the product writes what is there before the run. */
  configDir: string;
  /** What the agent may write besides `cwd`, `configDir` and its temporary directory. */
  writable: string[];
  /**
   * What the agent may only read although it lies in something hidden, such as the mirror its checkout borrows from.
   */
  readable: string[];
  /** What the agent must not see: the user's home, the data directory, other jobs. */
  hidden: string[];
  /** Added to the agent's own system prompt. */
  systemPrompt?: string;
  /** `ask`: what the profile does not allow is asked for by `approval_requested`; `none`: it is refused. */
  approvals: 'ask' | 'none';
  /**
   * `auto`: bubblewrap where it works; `required`: fail without it; `off`: never, a supervisor process holds the tree.
   */
  sandbox: 'auto' | 'required' | 'off';
  /**
   * How long a model is asked again that is overloaded, limits requests or fails (milliseconds); then the answer fails
   * with `model_overloaded` or `rate_limited`. As long as the agent likes when absent.
   */
  modelWaitMs?: number;
  /** In milliseconds. */
  limits: {
    /** From a message until the agent begins with it, else `agent_start_timeout`. */
    startMs: number;
    /** Between two signs of life, else `agent_stalled`; not while an approval is awaited. */
    stallMs: number;
    /** For commands that the agent leaves running when it is done: then they are stopped, with a `warning`. */
    backgroundMs: number;
  };
  /** Absent where the agent tells nothing. */
  telemetry?: AgentTelemetry;
  /** Owner of the processes, such as `job:<id>`; every process of the agent carries it in its environment. */
  marker: string;
}

/** The system prompt of a run with what a message adds to it. */
export const withInstructions = ({ systemPrompt }: Pick<AgentRun, 'systemPrompt'>, text: string): string =>
  [systemPrompt, text].filter(Boolean).join('\n\n');

export interface UserMessage {
  /** UUID. A message that the session has answered is not answered again. */
  id: string;
  text: string;
  /** Come before the text. */
  images?: readonly Picture[];
  /** Calls that waited for a decision when the answer broke off. An agent that does not ask again is told of them. */
  waiting?: readonly { name: string; input: unknown }[];
  /** The answer fails with `timeout` after this many milliseconds, which also ends the conversation. */
  timeoutMs: number;
}

/** A picture, in base64. */
interface Picture {
  media_type: string;
  data: string;
}

/** Answer to an approval that the agent asked for. */
export type Decision = { allow: true } | { allow: false; reason: string };

/** Reason for ending an agent at once, without grace: nothing of it may live on, not for a second. */
export interface KillReason {
  kill: true;
}

/**
 * A running agent with one session. It answers one message at a time, each with events that end in exactly one
 * `run_ended`. When the signal of `open` aborts with a `KillReason` the whole tree is killed at once; any other abort
 * stops it within 4 s. Then `events` throws the reason.
 */
export interface Conversation {
  /**
   * The agent's own id of its session: the `sessionId` of the run where the agent lets us choose, else known once
   * `started` was seen.
   */
  readonly session: string;
  /** The program that answers, for who measures or trims its tree. */
  readonly process: RunningProcess;
  /** Adds to the system prompt of the run; before the first message. */
  instruct(text: string): void;
  /** Sends the next message; throws while an answer is under way. */
  send(message: UserMessage): void;
  /**
   * What the agent does, as it does it; one reader at a time. A reader may leave after a `run_ended` and come back for
   * the next answer. Ends when the agent has ended. A slow reader slows the agent down; nothing is dropped.
   */
  events(): AsyncIterableIterator<AgentEvent>;
  /** Answers an `approval_requested`; throws where there is no such approval any more. */
  answer(approval: string, decision: Decision): void;
  /** Asks the agent to stop its answer, which then ends `interrupted`; what it has said stays in the session. */
  interrupt(): void;
  /** Ends the agent, with a `KillReason` at once. Resolves when nothing of its tree lives any more. */
  close(reason?: KillReason): Promise<void>;
}

/** One agent CLI. */
export interface Agent {
  readonly name: AgentName;
  /** The product's name, for people. */
  readonly title: string;
  /** Variables that pass from the worker's environment to the agent: credentials and addresses of its model. */
  readonly passedVariables: readonly string[];
  /** What a prompt for a plan must add for this agent. */
  readonly planNote: string;
  readonly sessions: SessionStore;
  /** Whether the folders of an agent that is started so can be moved while it waits for its first message. */
  canMove(invocation: Invocation): boolean;
  /** The agent's own variables. */
  environment(configDir: string): Record<string, string>;
  /**
   * Makes `configDir` the agent's configuration for a profile; only transcripts of what was there stay. Without
   * `servers` the agent gets no MCP servers, not even those of the profile. Throws `invalid_profile` for a link, a
   * special file or damaged JSON among the profile's files.
   */
  materialize(profile: AgentProfile, configDir: string, servers: ServerFiles | null): Promise<Invocation>;
  /** How the agent is started to answer a question. */
  questionInvocation(question: Question): Invocation;
  /** The repository's own instructions for this agent. */
  readInstructions(worktree: string): Promise<Instructions>;
  /** The command line as a person may read it, with placeholders for what differs from run to run. */
  describe(invocation: Invocation, place: { config: string; session: string }): DescribedCommand;
  /** Starts the agent. Throws a Failure such as `agent_missing` or `sandbox_unavailable`. */
  open(run: AgentRun, signal: AbortSignal): Promise<Conversation>;
}

interface DescribedCommand {
  command: string[];
  env: Record<string, string>;
}

/**
 * Opens a conversation for one message. The last event is the only `run_ended`, and when it is seen nothing of the
 * agent lives any more. Throws the signal's reason when that aborts. Leaving the iteration early ends the agent, too.
 */
export async function* runOnce(
  agent: Agent,
  run: AgentRun,
  message: UserMessage,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, void> {
  signal.throwIfAborted();
  let conversation: Conversation | undefined;
  let end: Extract<AgentEvent, { type: 'run_ended' }> | undefined;
  try {
    conversation = await agent.open(run, signal);
    conversation.send(message);
    for await (const event of conversation.events()) {
      if (event.type === 'run_ended') {
        end = event;
        break;
      }
      yield event;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    end = failed(error.type, error.message);
  } finally {
    await conversation?.close();
  }
  signal.throwIfAborted();
  yield end ?? failed('agent_stopped', 'The agent ended without a result.');
}

const failed = (code: FailureType, message: string): { type: 'run_ended'; result: RunResult } => ({
  type: 'run_ended',
  result: { status: 'failed', code, message },
});
