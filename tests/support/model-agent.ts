import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AgentEvent, RunResult } from '../../contract/shared/events.ts';
import { findMembers } from '../../processes/job-processes.ts';
import { listProcesses, type ProcessInfo } from '../../processes/proc-table.ts';
import { agentEnvironment } from '../../runners/environment.ts';
import { runOnce, type Agent, type AgentRun, type Invocation } from '../../runners/agent.ts';
import { createClaude } from '../../runners/claude/agent.ts';

/** The Claude Code CLI that this repository pins. */
export const CLAUDE = resolve('node_modules/.bin/claude');

/** The Codex CLI that this repository pins. */
export const CODEX = resolve('node_modules/.bin/codex');

/** A key as it looks in the worker's environment of the tests. */
export const MODEL_KEY = 'sk-ant-scripted-key-0001';

/** A run with its one message, and the program that answers it. */
export interface AgentTask extends AgentRun {
  prompt: string;
  messageId: string;
  timeoutMs: number;
  binary: string;
}

/** Arguments that a profile could give. */
export const invocationOf = (...args: string[]): Invocation => ({ args, env: {}, instructions: null, readable: [] });

/** How the tests run an agent whose tools are all allowed. */
export interface TestedAgent {
  agent: Pick<Agent, 'passedVariables' | 'environment'>;
  /** The worker's variables with the address and the key of its model. */
  variables: (modelUrl: string) => Record<string, string>;
  invocation: Invocation;
}

const CLAUDE_CODE: TestedAgent = {
  agent: createClaude({ binary: CLAUDE }),
  variables: (url) => ({ ANTHROPIC_API_KEY: MODEL_KEY, ANTHROPIC_BASE_URL: url }),
  invocation: invocationOf('--permission-mode', 'bypassPermissions'),
};

/** A place for one agent: a git repository to work in and directories of its own. */
export interface Playground {
  root: string;
  /** A run in this place, against the model at `modelUrl`. */
  run(modelUrl: string, changes?: Partial<AgentTask>): AgentTask;
  remove(): void;
}

/** Makes a playground in a temporary folder. */
export function createPlayground(
  source: NodeJS.ProcessEnv = {},
  { agent, variables, invocation }: TestedAgent = CLAUDE_CODE,
): Playground {
  const root = mkdtempSync(join(tmpdir(), 'agenticore-agent-'));
  const [cwd, configDir, home, tmp] = ['work', 'config', 'home', 'tmp'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const folder of [cwd, configDir, home, tmp]) mkdirSync(folder);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', cwd]);
  const run = (modelUrl: string, changes: Partial<AgentTask> = {}): AgentTask => {
    const worker = { PATH: process.env.PATH, ...variables(modelUrl), ...source };
    const author = { name: 'Agent', email: 'agent@example.org' };
    return {
      ...{ prompt: 'Fix the bug.', messageId: randomUUID(), timeoutMs: 60_000, binary: CLAUDE },
      ...{ sessionId: randomUUID(), resume: false, marker: `job:${randomUUID()}`, approvals: 'none' },
      limits: { startMs: 60_000, stallMs: 60_000, backgroundMs: 60_000 },
      ...{ cwd, readOnly: false, configDir, writable: [home], readable: [], hidden: [], sandbox: 'auto' },
      env: agentEnvironment(agent, worker, {
        home,
        config: configDir,
        tmp,
        author,
        toolchains: { env: {}, path: [] },
        names: [],
      }),
      invocation,
      ...changes,
    };
  };
  return { root, run, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Runs Claude Code for the task's message. */
export const runTask = (task: AgentTask, signal: AbortSignal): AsyncIterable<AgentEvent> => {
  const message = { id: task.messageId, text: task.prompt, timeoutMs: task.timeoutMs };
  return runOnce(createClaude({ binary: task.binary }), task, message, signal);
};

/** How a run ended; throws when it ended otherwise than with `status`. */
export function resultOf<Status extends RunResult['status']>(
  events: AgentEvent[],
  status: Status,
): Extract<RunResult, { status: Status }> {
  const last = events.at(-1);
  const isIt = (result: RunResult): result is Extract<RunResult, { status: Status }> => result.status === status;
  if (last?.type === 'run_ended' && isIt(last.result)) return last.result;
  throw new Error(`the run did not end as ${status}: ${JSON.stringify(last)}`);
}

/** All events of a run. */
export async function collect(events: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> {
  const all: AgentEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The events of one type. */
export function only<Type extends AgentEvent['type']>(
  events: AgentEvent[],
  type: Type,
): Extract<AgentEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<AgentEvent, { type: Type }> => event.type === type);
}

/** Live processes whose command line holds `words`, which must be the test's own. */
export async function processesNamed(words: string): Promise<ProcessInfo[]> {
  const all = await listProcesses();
  const lines = await Promise.all(all.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return all.filter((info, at) => info.pid !== process.pid && (lines[at] ?? '').replaceAll('\0', ' ').includes(words));
}

/** Whether nothing of a run lives any more, whatever it is recognised by. */
export async function nothingLeft(run: AgentRun): Promise<boolean> {
  return (await findMembers({ marker: run.marker, directories: [run.cwd] })).length === 0;
}
