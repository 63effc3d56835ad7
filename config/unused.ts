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

const CONTENT = [
  planned('AGENTICORE_AGENTIHOOKS_URL', '', 'Repository of agentihooks. Until then: AGENTICORE_AGENTIHOOKS_PATH.'),
  planned('AGENTICORE_AGENTIHOOKS_BRANCH', '', 'Its branch.'),
  planned('AGENTICORE_AGENTIHOOKS_BUNDLE_URL', '', 'Repository of a bundle of profiles.'),
  planned('AGENTICORE_AGENTIHOOKS_BUNDLE_BRANCH', '', 'Its branch.'),
  planned('AGENTICORE_AGENTIHUB_URL', '', 'Repository of agent packages.'),
  planned('AGENTICORE_AGENTIHUB_BRANCH', '', 'Its branch.'),
  planned('AGENTIHUB_DIR', '', 'A checkout of agent packages.'),
  planned('AGENTIHUB_AGENT', '', 'The package that agent mode loads.'),
];

const AGENT_MODE = [
  planned('AGENT_MODE', 'false', 'Whether agents are served as OpenAI-compatible models.'),
  planned('AGENT_MODE_PACKAGE_DIR', '', 'Folder of the agent package.'),
  planned('PACKAGE_REPO_URL', '', 'Repository of the agent package.'),
  planned('PACKAGE_REPO_BRANCH', 'main', 'Its branch.'),
  planned('AGENT_MODE_TIMEOUT', '3600', 'Seconds that a turn may take.'),
  planned('AGENT_MODE_MAX_RETRIES', '3', 'Further tries of a turn.'),
  planned('AGENT_MODE_SESSION_TTL', '86400', 'Seconds that a conversation is kept.'),
  planned('AGENT_MODE_APPEND_SYSTEM_PROMPT', 'true', "Whether the package's prompt is added to that of Claude Code."),
  planned('AGENT_MODE_QUEUE_ENABLED', 'true', 'Whether completions may wait in a queue.'),
  planned('AGENT_MODE_MAX_QUEUE_WORKERS', '1', 'Completions of that queue at once.'),
  planned(
    'AGENTICORE_CONV_HASH_FALLBACK',
    'true',
    'Whether a conversation without an id is recognised by its first messages.',
  ),
  planned('AGENTICORE_BOOTSTRAP_SCRIPT', '', 'Program that is run before agent mode starts.'),
  never('AGENT_MODE_EVALUATION_DIR', 'Nothing ever read it.'),
];

const CONNECTORS = [
  planned('AGENTIBRIDGE_URL', '', 'AgentiBridge at which the server announces itself.'),
  plannedSecret('AGENTIBRIDGE_API_KEY', '', 'Key for it.'),
  planned('AGENTIBRIDGE_HEARTBEAT_INTERVAL', '60', 'Seconds between two announcements.'),
  planned('AGENTIBRIDGE_REGISTRATION_ENABLED', 'true', 'Whether it announces itself.'),
  planned('AGENTIBRIDGE_AGENT_ID', '', 'The name it gives itself there.'),
  plannedSecret('TELEGRAM_BOT_TOKEN', '', 'Telegram bot that passes messages on to an agent.'),
  planned('TELEGRAM_OWNER_ID', '', 'The user whom the bot answers.'),
  planned('TELEGRAM_PROGRESS_MODE', 'live', '`live` or `transcript`.'),
  planned('TELEGRAM_SYSTEM_PROMPT', '', 'What the agent is told about the bot.'),
  planned('TELEGRAM_MAX_MESSAGES', '20', 'Messages that are kept.'),
  planned('TELEGRAM_CONVERSATION_TTL', '86400', 'Seconds that they are kept.'),
  planned('TEAMS_APP_ID', '', 'Microsoft Teams bot that passes messages on to an agent.'),
  plannedSecret('TEAMS_APP_PASSWORD', '', 'Its password.'),
  planned('TEAMS_TENANT_ID', '', 'Its tenant.'),
  planned('TEAMS_OWNER_AAD_ID', '', 'The user whom the bot answers.'),
  planned('TEAMS_SYSTEM_PROMPT', '', 'What the agent is told about the bot.'),
  planned('TEAMS_FORMATTING_HINT', '', 'What the agent is told about the format of answers.'),
  planned('TEAMS_MAX_MESSAGES', '20', 'Messages that are kept.'),
  planned('TEAMS_CONVERSATION_TTL', '86400', 'Seconds that they are kept.'),
  never('TEAMS_SKIP_JWT_VALIDATION', 'Callers are always checked.'),
  planned('VOICE_SERVICE_URL', '', 'Service that turns speech into text and back.'),
  plannedSecret('VOICE_API_KEY', '', 'Key for it.'),
  planned('VOICE_DEFAULT_MODE', 'text', 'Whether answers are spoken.'),
];

/** Every such variable. One that is built moves to SETTINGS. */
export const UNUSED: readonly UnusedSetting[] = [...SERVER, ...TELEMETRY, ...CONTENT, ...AGENT_MODE, ...CONNECTORS];
