import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { Failure } from '../../contract/shared/failures.ts';
import type { JsonObject } from '../../contract/shared/merge-json.ts';
import type { AgentRun } from '../agent.ts';
import type { CodexOptions } from './options.ts';
import type { Permissions } from './permissions.ts';
import type { OpenedThread, Turn } from './protocol.ts';
import { CallRefused, type RpcClient } from './rpc.ts';
import { rememberThread, sessions, threadOf, type KnownThread } from './sessions.ts';

/** A thread that is ready for messages. */
export interface Thread {
  id: string;
  /** Its folder, by the path that the CLI knows. */
  cwd: string;
  model: string;
  /** What it has done before; empty where it is new. */
  turns: readonly Turn[];
  /** Whether it begins with what was said earlier. */
  goesOn: boolean;
}

/**
 * The session of the run as a thread of the CLI: begun, resumed, also where a run that died had begun it and nobody
 * knows, or forked. Throws `session_not_found` where there is nothing to go on with.
 */
export async function openThread(
  rpc: RpcClient,
  run: AgentRun,
  options: CodexOptions,
  { permissions, servers }: { permissions: Permissions; servers: JsonObject },
): Promise<Thread> {
  const { approvalPolicy, sandbox } = permissions;
  const place = {
    ...{ approvalPolicy, sandbox },
    cwd: await realpath(run.cwd),
    model: options.model ?? null,
    config: { mcp_servers: servers, ...(options.effort && { model_reasoning_effort: options.effort }) },
    ...(options.base_instructions && { baseInstructions: options.base_instructions }),
  };
  const known = await resumable(run, run.sessionId);
  if (known !== undefined) return resume(rpc, run, known, place);
  if (run.resume) throw lost(run.sessionId, 'it is not in the configuration directory');
  if (run.forkOf !== undefined) return fork(rpc, run, run.forkOf, place);
  const developerInstructions = run.systemPrompt ?? null;
  const { thread, model } = await rpc.call('thread/start', { ...place, developerInstructions, historyMode: 'legacy' });
  await rememberThread(run.configDir, run.sessionId, { thread: thread.id, told: digest(run) });
  return { id: thread.id, cwd: place.cwd, model, turns: [], goesOn: false };
}

/** A thread that had no turn has no file, and cannot be resumed. */
async function resumable({ configDir }: AgentRun, sessionId: string): Promise<KnownThread | undefined> {
  return (await sessions.find(configDir, sessionId)) === undefined ? undefined : threadOf(configDir, sessionId);
}

async function resume(rpc: RpcClient, run: AgentRun, known: KnownThread, place: { cwd: string }): Promise<Thread> {
  const opened = await goOn(rpc, 'thread/resume', run.sessionId, { ...place, threadId: known.thread });
  if (known.told !== digest(run)) await tell(rpc, run, known.thread, run.systemPrompt);
  return { id: known.thread, cwd: place.cwd, model: opened.model, turns: opened.thread.turns, goesOn: true };
}

async function fork(rpc: RpcClient, run: AgentRun, parent: string, place: { cwd: string }): Promise<Thread> {
  const known = await resumable(run, parent);
  if (known === undefined) throw lost(parent, 'it is not in the configuration directory');
  await goOn(rpc, 'thread/resume', parent, { ...place, threadId: known.thread, excludeTurns: true });
  const { thread, model } = await goOn(rpc, 'thread/fork', parent, {
    ...place,
    threadId: known.thread,
    excludeTurns: true,
  });
  await tell(rpc, run, thread.id, run.systemPrompt);
  return { id: thread.id, cwd: place.cwd, model, turns: [], goesOn: true };
}

async function goOn(
  rpc: RpcClient,
  method: 'thread/resume' | 'thread/fork',
  sessionId: string,
  params: object,
): Promise<OpenedThread> {
  try {
    return await rpc.call(method, params);
  } catch (error) {
    throw error instanceof CallRefused ? lost(sessionId, error.message) : error;
  }
}

/**
 * The CLI keeps to the instructions with which a thread began: others must be said. From then on the thread knows all
 * of the run's.
 */
export async function tell(rpc: RpcClient, run: AgentRun, thread: string, text: string | undefined): Promise<void> {
  if (text !== undefined) {
    const content = [{ type: 'input_text', text }];
    await rpc.call('thread/inject_items', {
      threadId: thread,
      items: [{ type: 'message', role: 'developer', content }],
    });
  }
  await rememberThread(run.configDir, run.sessionId, { thread, told: digest(run) });
}

const digest = ({ systemPrompt = '' }: AgentRun): string => createHash('sha256').update(systemPrompt).digest('hex');

const lost = (sessionId: string, why: string): Failure =>
  new Failure('session_not_found', `Session ${sessionId} cannot be resumed: ${why}.`);
