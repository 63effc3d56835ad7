/** A variable of the Python agenticore or of agent-orchestrator that has no effect here, or none yet. */
export interface UnusedSetting {
  variable: string;
  state: 'planned' | 'not applicable';
  /** Default where it has an effect, as a user would type it. */
  fallback: string;
  /** What it will be for; or why it cannot apply, and what there is instead. */
  about: string;
  secret: boolean;
}

const row = (state: UnusedSetting['state'], secret = false) => {
  return (variable: string, fallback: string, about: string): UnusedSetting => ({
    variable,
    state,
    fallback,
    about,
    secret,
  });
};
const planned = row('planned');
const plannedSecret = row('planned', true);
const never = (variable: string, about: string): UnusedSetting => row('not applicable')(variable, '', about);

const SERVER = [
  never('AGENTICORE_CLONE_ROOT', 'Mirrors are in AGENTICORE_REPOS_ROOT.'),
  never('AGENTICORE_JOBS_DIR', "Job records are in Temporal; a job's own files are in AGENTICORE_DATA_DIR."),
  never('AGENTICORE_POD_NAME', 'A worker names itself after the host name, which in Kubernetes is that of the pod.'),
  never('AGENTICORE_SHARED_LOCKS', 'Shared files are always locked.'),
  never('AGENTICORE_VENV_PYTHON', 'agenticore does not use Python.'),
  never('AGENTICORE_HOME', 'It was the place of the management log; all state is in AGENTICORE_DATA_DIR.'),
  never('CLAUDE_CODE_HOME_DIR', 'Every job has a home directory of its own.'),
];

const TELEMETRY = [
  planned('AGENTICORE_OTEL_ENABLED', 'true', 'Whether telemetry is sent, once OTEL_EXPORTER_OTLP_ENDPOINT is set.'),
  planned('OTEL_EXPORTER_OTLP_ENDPOINT', '', 'Collector of telemetry.'),
  planned('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', '`grpc` or `http`.'),
  planned('AGENTICORE_OTEL_LOG_PROMPTS', 'false', 'Whether prompts are part of the telemetry.'),
  planned('AGENTICORE_OTEL_LOG_TOOL_DETAILS', 'true', 'Whether uses of tools are part of the telemetry.'),
  plannedSecret('POSTGRES_URL', '', 'PostgreSQL that keeps the telemetry.'),
  planned('LANGFUSE_HOST', 'https://cloud.langfuse.com', 'Langfuse that gets the traces.'),
  planned('LANGFUSE_PUBLIC_KEY', '', 'Its public key.'),
  plannedSecret('LANGFUSE_SECRET_KEY', '', 'Its secret key.'),
];

const AGENT_MODE = [
  never('AGENT_MODE_EVALUATION_DIR', 'Nothing ever read it.'),
  never(
    'AGENT_MODE_MAX_RETRIES',
    'A turn is tried again for AGENT_MODE_MODEL_WAIT_S where the model fails, and on another worker where its own is lost.',
  ),
  never(
    'AGENT_MODE_QUEUE_ENABLED',
    'Turns always wait in order for a seat; AGENTICORE_MAX_PARALLEL_JOBS says how many.',
  ),
  never('AGENT_MODE_MAX_QUEUE_WORKERS', 'AGENTICORE_MAX_PARALLEL_JOBS says how many turns and jobs run at once.'),
];

const BRIDGE = 'agenticore has no bridge to other agents: they call it by `POST /v1/chat/completions` or by MCP.';
const BOT =
  'agenticore has no bot of its own: one that speaks the API of OpenAI connects to `POST /v1/chat/completions`.';

const CONNECTORS = [
  ...['URL', 'API_KEY', 'HEARTBEAT_INTERVAL', 'REGISTRATION_ENABLED', 'AGENT_ID'].map((name) =>
    never(`AGENTIBRIDGE_${name}`, BRIDGE),
  ),
  ...['BOT_TOKEN', 'OWNER_ID', 'PROGRESS_MODE', 'SYSTEM_PROMPT', 'MAX_MESSAGES', 'CONVERSATION_TTL'].map((name) =>
    never(`TELEGRAM_${name}`, BOT),
  ),
  ...['APP_ID', 'APP_PASSWORD', 'TENANT_ID', 'OWNER_AAD_ID', 'SYSTEM_PROMPT', 'FORMATTING_HINT'].map((name) =>
    never(`TEAMS_${name}`, BOT),
  ),
  ...['MAX_MESSAGES', 'CONVERSATION_TTL', 'SKIP_JWT_VALIDATION'].map((name) => never(`TEAMS_${name}`, BOT)),
  ...['SERVICE_URL', 'API_KEY', 'DEFAULT_MODE'].map((name) =>
    never(
      `VOICE_${name}`,
      'agenticore reads and writes text: a client that turns speech into text and back connects to it.',
    ),
  ),
];

/** Every such variable. One that is built moves to SETTINGS. */
export const UNUSED: readonly UnusedSetting[] = [...SERVER, ...TELEMETRY, ...AGENT_MODE, ...CONNECTORS];
