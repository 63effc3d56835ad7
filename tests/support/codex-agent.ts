import type { AgentEvent } from '../../contract/shared/events.ts';
import { runOnce, type Invocation } from '../../runners/agent.ts';
import { createCodex } from '../../runners/codex/agent.ts';
import type { CodexOptions } from '../../runners/codex/options.ts';
import { CODEX, createPlayground, MODEL_KEY, type AgentTask, type Playground } from './model-agent.ts';

/** The model of Codex in tests, and what it costs. */
export const CODEX_MODEL = 'gpt-5.5-codex';
const PRICES = { [CODEX_MODEL]: { input: 2, cached: 1, output: 10 } };

/** Codex as the tests run it. */
export const codex = createCodex({ binary: CODEX, prices: PRICES });

/** What a profile could say. */
export const codexInvocation = (options: Partial<CodexOptions> = {}): Invocation => ({
  args: [],
  env: {},
  instructions: null,
  readable: [],
  options: { model: CODEX_MODEL, ...options },
});

/** Makes a playground for Codex. */
export const createCodexPlayground = (source: NodeJS.ProcessEnv = {}): Playground =>
  createPlayground(source, {
    agent: codex,
    variables: (url) => ({ OPENAI_API_KEY: MODEL_KEY, OPENAI_BASE_URL: `${url}/v1` }),
    invocation: codexInvocation(),
  });

/** Runs Codex for the task's message. */
export const runCodex = (task: AgentTask, signal: AbortSignal): AsyncIterable<AgentEvent> =>
  runOnce(codex, task, { id: task.messageId, text: task.prompt, timeoutMs: task.timeoutMs }, signal);
