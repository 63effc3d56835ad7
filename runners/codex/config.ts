import { realpath } from 'node:fs/promises';
import type { AgentRun, AgentTelemetry } from '../agent.ts';
import type { Gateway } from './gateway.ts';
import type { CodexOptions } from './options.ts';

/** Variable of the CLI with the token for the gateway; no command of the agent gets it. */
export const TOKEN_VARIABLE = 'AGENTICORE_MODEL_TOKEN';

/** How long a stream of the model may be silent. */
const IDLE_MS = 300_000;

/** How often a model is asked again that a session waits for only for a while: for some seconds. */
const PATIENT_RETRIES = 4;

/** Everything by which the CLI would speak to others than its model, or load what nobody asked for. */
const FEATURES_OFF = [
  ...['plugins', 'apps', 'hooks', 'goals', 'shell_snapshot', 'tool_suggest', 'skill_search', 'image_generation'],
  ...['skill_mcp_dependency_install', 'browser_use', 'computer_use', 'in_app_browser', 'unbounded_connection_retries'],
];

type Toml = string | number | boolean | Toml[] | { [key: string]: Toml };

/** Settings of every run. */
const ALWAYS: Readonly<Record<string, Toml>> = {
  check_for_update_on_startup: false,
  // The repository's instructions come as text, see instructions.ts.
  project_doc_max_bytes: 0,
  'analytics.enabled': false,
  'agents.enabled': false,
  'skills.bundled.enabled': false,
  // The environment of the CLI is an allow list already, see environment.ts.
  shell_environment_policy: {
    inherit: 'all',
    ignore_default_excludes: true,
    exclude: [TOKEN_VARIABLE, 'CODEX_HOME'],
  },
  ...Object.fromEntries(FEATURES_OFF.map((name) => [`features.${name}`, false])),
};

type ConfiguredOptions = Pick<CodexOptions, 'trust_repo' | 'web_search' | 'tools'> & { isWatched: boolean };

/**
 * The CLI's settings for a run, as arguments: they win over every file. The worktree stands there by its real path as
 * not trusted, or the CLI would trust it by itself, with its servers and rules.
 */
export async function configArgs(
  run: Pick<AgentRun, 'cwd' | 'modelWaitMs' | 'telemetry'>,
  { trust_repo, web_search, tools, isWatched }: ConfiguredOptions,
  gateway: Pick<Gateway, 'url'>,
): Promise<string[]> {
  const cwd = await realpath(run.cwd);
  return args({
    ...ALWAYS,
    ...telemetrySettings(run.telemetry),
    web_search: web_search ? 'live' : 'disabled',
    'skills.include_instructions': trust_repo,
    // What is typed into a terminal is not asked for.
    ...(isWatched && { 'features.unified_exec_tty': false }),
    // What is left can only read.
    ...(tools === 'none' && { 'features.shell_tool': false, 'features.view_image': false }),
    projects: { [cwd]: { trust_level: trust_repo ? 'trusted' : 'untrusted' } },
    model_provider: 'agenticore',
    'model_providers.agenticore': {
      name: 'agenticore',
      base_url: gateway.url,
      env_key: TOKEN_VARIABLE,
      wire_api: 'responses',
      // The workflow tries again, and says so; but in a session that waits only for a while.
      request_max_retries: run.modelWaitMs === undefined ? 1 : PATIENT_RETRIES,
      stream_max_retries: 1,
      stream_idle_timeout_ms: IDLE_MS,
    },
  });
}

/** What the CLI tells of itself, and whom. */
function telemetrySettings(telemetry: AgentTelemetry | undefined): Readonly<Record<string, Toml>> {
  if (telemetry === undefined) return { 'otel.exporter': 'none' };
  const to = (signal: string): Toml => ({
    'otlp-http': { endpoint: `${telemetry.url}/v1/${signal}`, protocol: 'binary' },
  });
  return {
    'otel.exporter': to('logs'),
    'otel.trace_exporter': to('traces'),
    'otel.metrics_exporter': to('metrics'),
    'otel.log_user_prompt': telemetry.prompts,
    'otel.log_agent_responses': telemetry.prompts,
  };
}

/**
 * Attributes that the CLI's log records have whatever its settings are, and nobody is told: by the name of the event,
 * what tools answer, and what they are asked where that may not be told.
 */
export const untoldByCodex = (toolDetails: boolean): [string, readonly string[]][] => [
  ['codex.tool_result', toolDetails ? ['output'] : ['output', 'arguments']],
];

/** The same with a placeholder for what differs from run to run. */
export const shownConfigArgs = (): string[] =>
  args({ ...ALWAYS, ...telemetrySettings(undefined), model_provider: 'agenticore' });

const args = (settings: Readonly<Record<string, Toml>>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${toml(value)}`]);

/** A value as TOML on one line. */
function toml(value: Toml): string {
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, each]) => `${toml(key)} = ${toml(each)}`);
  return `{${pairs.join(', ')}}`;
}
