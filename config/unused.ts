/** A variable of the Python agenticore or of agent-orchestrator that cannot apply here. */
export interface UnusedSetting {
  variable: string;
  /** Why it cannot apply, and what there is instead. */
  about: string;
}

const never = (variable: string, about: string): UnusedSetting => ({ variable, about });

const SERVER = [
  never('AGENTICORE_CLONE_ROOT', 'Mirrors are in AGENTICORE_REPOS_ROOT.'),
  never('AGENTICORE_JOBS_DIR', "Job records are in Temporal; a job's own files are in AGENTICORE_DATA_DIR."),
  never('AGENTICORE_POD_NAME', 'A worker names itself after the host name, which in Kubernetes is that of the pod.'),
  never('AGENTICORE_SHARED_LOCKS', 'Shared files are always locked.'),
  never('AGENTICORE_VENV_PYTHON', 'agenticore does not use Python.'),
  never('AGENTICORE_HOME', 'It was the place of the management log; all state is in AGENTICORE_DATA_DIR.'),
  never('CLAUDE_CODE_HOME_DIR', 'Every job has a home directory of its own.'),
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

/** Every such variable. */
export const UNUSED: readonly UnusedSetting[] = [...SERVER, ...AGENT_MODE, ...CONNECTORS];
