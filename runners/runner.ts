import type { AgentEvent } from '../contract/shared/events.ts';

/** Everything one run of an agent needs; nothing else reaches the agent. Paths are absolute. */
export interface AgentRun {
  prompt: string;
  /** UUID of the conversation; with `resume` its transcript must be in `config_dir`. */
  session_id: string;
  resume: boolean;
  /** Session, with its transcript in `config_dir`, whose conversation a new `session_id` begins with. */
  fork_of?: string;
  cwd: string;
  /** In a sandbox the agent cannot write to `cwd`; without one that it has no tool for it must do. */
  read_only: boolean;
  /** The agent's complete environment, see environment.ts. */
  env: Record<string, string>;
  /** Flags the profile adds to the agent's command line. Never secrets: command lines can be read by others. */
  args: string[];
  /** The agent's own configuration and transcripts; only the product writes what is there before the run. */
  config_dir: string;
  /** What the agent may write besides `cwd`, `config_dir` and its temporary directory. */
  writable: string[];
  /** What the agent may only read although it lies in something hidden, such as the mirror its checkout borrows from. */
  readable: string[];
  /** What the agent must not see: the user's home, the data directory, other jobs. */
  hidden: string[];
  /** The run ends as `failed` with code `timeout` after this many milliseconds. */
  timeout_ms: number;
  append_system_prompt?: string;
  /** Names the message for the agent: one that it has answered is not answered again. */
  message_uuid: string;
  /** `auto`: bubblewrap where it works; `required`: fail without it; `off`: never, a supervisor process holds the tree. */
  sandbox: 'auto' | 'required' | 'off';
  /** Job id; every process of the run carries it as AGENTICORE_JOB. */
  marker: string;
  /** Path or name of the agent's program. */
  binary: string;
}

/** Reason for aborting a run at once, without grace: nothing of it may live on, not for a second. */
export interface KillReason {
  kill: true;
}

/** Drives one agent CLI. */
export interface Runner {
  /**
   * Runs the agent to its end. The last event is the only `done` or `failed`, and when it is seen nothing of the agent lives any more.
   * An abort with a `KillReason` kills the whole tree at once, any other stops it within 4 s; then the iterator throws the abort's reason.
   * Leaving the iteration early also kills the tree. Slow readers slow the agent down; nothing is dropped.
   */
  run(run: AgentRun, signal: AbortSignal): AsyncIterable<AgentEvent>;
}
