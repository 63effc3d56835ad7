import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../contract/shared/failures.ts';
import type { JsonObject } from '../../contract/shared/merge-json.ts';
import type { RunningProcess } from '../../processes/spawn.ts';
import { killTree } from '../../processes/tree.ts';
import type { AgentRun } from '../agent.ts';
import { within } from '../lifetime.ts';
import { stopped } from '../results.ts';
import { CodexConversation } from './conversation.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { SERVERS_FILE } from './materialize.ts';
import { CodexOptions } from './options.ts';
import { permissionsOf, type Permissions } from './permissions.ts';
import type { Prices } from './prices.ts';
import { CallRefused, RpcClient } from './rpc.ts';
import { ServerStartup } from './server-startup.ts';
import { startCodex } from './start.ts';
import { openThread, type Thread } from './thread.ts';

/** How long MCP servers are waited for; the CLI itself gives up on one earlier. */
const SERVERS_MS = 30_000;

interface CodexSettings {
  /** A path, or a name on PATH. */
  binary: string;
  prices: Prices;
}

/** Starts the CLI, and its thread for the run. Nothing of it lives where this throws. */
export async function openCodex(
  settings: CodexSettings,
  run: AgentRun,
  signal: AbortSignal,
): Promise<CodexConversation> {
  const options = CodexOptions.parse(run.invocation.options ?? {});
  if (!run.env.OPENAI_API_KEY && !run.env.OPENAI_BASE_URL)
    throw new Failure('agent_auth_failed', 'The worker has no credential for the model of Codex: set OPENAI_API_KEY.');
  const permissions = await permissionsOf(run, options);
  const gateway = await startGateway(run.env);
  let process: RunningProcess | undefined;
  try {
    signal.throwIfAborted();
    process = await startCodex(settings.binary, run, { options, permissions, gateway });
    const startup = new ServerStartup();
    const rpc = new RpcClient(process, (message) => startup.note(message));
    const parts = { run, options, permissions, gateway, process, rpc };
    const opened = await withinStart(begin(parts, startup), process, run, signal);
    const model = options.model ?? opened.thread.model;
    return new CodexConversation({ ...parts, ...opened, price: settings.prices[model] }, signal);
  } catch (error) {
    if (process !== undefined) await killTree(process);
    await gateway.close();
    throw error;
  }
}

interface Starting {
  run: AgentRun;
  options: CodexOptions;
  permissions: Permissions;
  process: RunningProcess;
  gateway: Gateway;
  rpc: RpcClient;
}

/** The first words with the CLI. */
async function begin(
  { rpc, run, options, permissions, process }: Starting,
  startup: ServerStartup,
): Promise<{ thread: Thread; version: string }> {
  try {
    const { userAgent } = await rpc.call('initialize', {
      clientInfo: { name: 'agenticore', title: 'agenticore', version: '1' },
      capabilities: { experimentalApi: true, requestAttestation: false },
    });
    rpc.notify('initialized');
    const servers = await serversOf(run, permissions);
    const thread = await openThread(rpc, run, options, { permissions, servers });
    // The CLI would ask its model without the tools of a server that is not there yet.
    const settled = Promise.race([startup.of(Object.keys(servers)), process.exited]);
    await within(settled, Math.min(SERVERS_MS, run.limits.startMs / 2));
    return { thread, version: /\/(\S+)/.exec(userAgent)?.[1] ?? '' };
  } catch (error) {
    if (error instanceof CallRefused)
      throw new Failure('agent_failed', `The agent cannot start: ${error.message}`, { cause: error });
    if (!(error instanceof Failure) || error.type !== 'agent_stopped') throw error;
    throw new Failure('agent_stopped', stopped(await process.exited, process.stderrTail().trim()).message);
  }
}

/** The MCP servers that materialize has left for the run. Whoever gave them to the agent wants them to be used. */
async function serversOf({ configDir }: AgentRun, { isWatched }: Permissions): Promise<JsonObject> {
  const text = await readFile(join(configDir, SERVERS_FILE), 'utf8').catch(() => '{}');
  const mode = { default_tools_approval_mode: isWatched ? 'prompt' : 'approve' };
  const servers = Object.entries(JSON.parse(text) as Record<string, JsonObject>);
  return Object.fromEntries(servers.map(([name, server]) => [name, { ...server, ...mode }]));
}

async function withinStart<Value>(
  value: Promise<Value>,
  process: RunningProcess,
  { limits }: AgentRun,
  signal: AbortSignal,
): Promise<Value> {
  // It has done nothing yet that would be lost. What waits for it fails.
  const onAbort = (): unknown => killTree(process);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const opened = await within(value, limits.startMs);
    if (opened !== 'overdue') return opened;
    const message = `The agent did not start within ${limits.startMs / 1_000} s and was stopped.`;
    throw new Failure('agent_start_timeout', message);
  } finally {
    value.catch(() => undefined);
    signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
  }
}
