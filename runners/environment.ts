/** What the agent's environment is made from, besides what the worker's own gives. */
export interface AgentSurroundings {
  /** Home directory of the job alone: the real one holds keys and credentials. */
  home: string;
  config_dir: string;
  tmp: string;
  /** Author and committer of the agent's commits. */
  author: { name: string; email: string };
  /** Further variables of the worker that the profile names, such as those of Bedrock or Vertex. */
  names: readonly string[];
}

/** Variables that pass from the worker to the agent. Everything else stays: forge tokens, API keys, the addresses of Temporal and Redis. */
const PASSED: readonly string[] = [
  ...['PATH', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TERM', 'TZ'],
  ...[
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_AUTH_TOKEN',
    'ANTHROPIC_BASE_URL',
    'ANTHROPIC_CUSTOM_HEADERS',
    'CLAUDE_CODE_OAUTH_TOKEN',
  ],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'],
];

/** The complete environment of an agent: what the list allows out of `source`, and what is the job's own. */
export function agentEnvironment(source: NodeJS.ProcessEnv, job: AgentSurroundings): Record<string, string> {
  const passed = [...PASSED, ...job.names].flatMap((name) => {
    const value = source[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const { name, email } = job.author;
  return {
    ...Object.fromEntries(passed),
    HOME: job.home,
    TMPDIR: job.tmp,
    CLAUDE_CONFIG_DIR: job.config_dir,
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    // Without it git waits for a password that nobody types.
    GIT_TERMINAL_PROMPT: '0',
    // Updates, error reports and the like: the agent talks to its model and to what its task needs.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // As root the CLI refuses to skip its permission prompts, which nobody could answer, unless it is told that it is contained.
    ...(process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {}),
  };
}

/** Names whose values must not appear in any text that is shown or kept. */
const SECRET = /KEY|TOKEN|SECRET|PASSWORD|CUSTOM_HEADERS/;

/** `text` with the values of secret variables of `env` replaced. */
export function withoutSecrets(text: string, env: Record<string, string>): string {
  const secrets = Object.entries(env)
    .filter(([name]) => SECRET.test(name))
    .flatMap(([name, value]) => [value, ...headerValues(name, value)].map((part) => [name, part] as const))
    .filter(([, value]) => value.length >= 8);
  return secrets.reduce((cleaned, [name, value]) => cleaned.replaceAll(value, `<${name}>`), text);
}

/** Headers stand one below the other; each may be read out alone. */
const headerValues = (name: string, value: string): string[] =>
  name.endsWith('CUSTOM_HEADERS') ? value.split('\n').map((line) => line.slice(line.indexOf(':') + 1).trim()) : [];
