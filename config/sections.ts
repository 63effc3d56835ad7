/** How config.yml of the Python agenticore groups its settings, and what each is called here. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  repos: {
    root: 'repos_root',
    max_parallel_jobs: 'max_parallel_jobs',
    job_ttl_seconds: 'job_ttl',
    shared_fs_root: 'shared_fs_root',
    clone_root: 'clone_root',
    jobs_dir: 'jobs_dir',
    pod_name: 'pod_name',
    worktree_root: 'worktree_root',
  },
  claude: {
    binary: 'claude_binary',
    timeout: 'claude_timeout',
    default_profile: 'default_profile',
    config_dir: 'claude_config_dir',
    default_mcp_file: 'default_mcp_file',
    claude_home_dir: 'claude_code_home_dir',
  },
  server: { host: 'host', port: 'port', transport: 'transport', api_keys: 'api_keys' },
  redis: { url: 'redis_url', key_prefix: 'redis_key_prefix' },
  otel: {
    enabled: 'otel_enabled',
    endpoint: 'otel_exporter_otlp_endpoint',
    protocol: 'otel_exporter_otlp_protocol',
    log_prompts: 'otel_log_prompts',
    log_tool_details: 'otel_log_tool_details',
  },
  github: { token: 'github_token', app_id: 'github_app_id', app_installation_id: 'github_app_installation_id' },
  langfuse: { host: 'langfuse_host', public_key: 'langfuse_public_key', secret_key: 'langfuse_secret_key' },
  agentibridge: {
    url: 'agentibridge_url',
    api_key: 'agentibridge_api_key',
    heartbeat_interval: 'agentibridge_heartbeat_interval',
    registration_enabled: 'agentibridge_registration_enabled',
    agent_id: 'agentibridge_agent_id',
  },
};

interface Flat {
  values: unknown;
  /** What cannot be put into one list. */
  clashes: { path: string[]; message: string }[];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The settings of a config.yml in one list, written flat or in the sections of the Python agenticore. */
export function flatten(content: unknown): Flat {
  if (!isMap(content)) return { values: content, clashes: [] };
  const entries = Object.entries(content);
  const isSection = ([key, value]: [string, unknown]): boolean => Object.hasOwn(SECTIONS, key) && isMap(value);
  const values = new Map(entries.filter((entry) => !isSection(entry)));
  const clashes: Flat['clashes'] = [];
  for (const [section, fields] of entries.filter(isSection)) {
    for (const [field, value] of Object.entries(fields as Record<string, unknown>)) {
      const name = new Map(Object.entries(SECTIONS[section] ?? {})).get(field);
      if (name === undefined)
        clashes.push({ path: [section, field], message: 'is not a setting: correct or remove it' });
      else if (values.has(name)) clashes.push({ path: [section, field], message: `is also set as ${name}` });
      else values.set(name, value);
    }
  }
  return { values: Object.fromEntries(values), clashes };
}
