import { setting } from '../setting.ts';
import { maybePath, maybePort, text, whole, YEAR_S } from '../values.ts';

/** How many agents run, and for how long; and how their workers are probed. */
export const AGENTS = {
  maxParallelJobs: setting(
    'AGENTICORE_MAX_PARALLEL_JOBS',
    whole(1, 1_000),
    '3',
    'How many agents one worker runs at the same time.',
  ),
  jobTtl: setting('AGENTICORE_JOB_TTL', whole(1, YEAR_S), '86400', 'Seconds that a job may wait for its first seat.'),
  seatTimeoutS: setting(
    'AGENTICORE_SEAT_TIMEOUT_S',
    whole(3, 3_600),
    '30',
    'Seconds without a heartbeat after which a worker counts as lost.',
  ),
  claudeBinary: setting('AGENTICORE_CLAUDE_BINARY', text, 'claude', 'Claude Code, by path or by name on PATH.'),
  claudeConfigDir: setting(
    'AGENTICORE_CLAUDE_CONFIG_DIR',
    maybePath,
    '',
    'Configuration directory of Claude Code on which every profile is built: its settings.json, CLAUDE.md, agents, commands and skills, and nothing else of it.',
  ),
  agentTimeout: setting(
    'AGENTICORE_CLAUDE_TIMEOUT',
    whole(1, YEAR_S),
    '3600',
    'Seconds that an agent may run, unless its profile sets a timeout.',
  ),
  startTimeoutS: setting(
    'AGENTICORE_START_TIMEOUT_S',
    whole(1, YEAR_S),
    '120',
    'Seconds that an agent may take to begin with its task; its MCP servers must have answered by then.',
  ),
  stallTimeoutS: setting(
    'AGENTICORE_STALL_TIMEOUT_S',
    whole(1, YEAR_S),
    '900',
    'Seconds without a sign of life after which an agent is stopped, unless its profile sets `stall_timeout`. A tool that runs for long gives one every 30 seconds.',
  ),
  backgroundTimeoutS: setting(
    'AGENTICORE_BACKGROUND_TIMEOUT_S',
    whole(0, YEAR_S),
    '60',
    'Seconds for which commands that an agent left running in the background may go on when it is done.',
  ),
  warmAgents: setting(
    'AGENTICORE_WARM_AGENTS',
    whole(0, 1_000),
    '3',
    'How many agents of sessions one worker keeps running when they have answered, so that the next answer begins at once; beside those of AGENTICORE_MAX_PARALLEL_JOBS. 0: none.',
  ),
  warmIdleS: setting(
    'AGENTICORE_WARM_IDLE_S',
    whole(1, YEAR_S),
    '900',
    'Seconds after which such an agent that was not asked again ends; its session goes on with a new one.',
  ),
  probePort: setting(
    'AGENTICORE_PROBE_PORT',
    maybePort,
    '',
    'Port on which `agenticore worker` answers `/health/live` and `/health/ready`; without it there are no probes, 0 takes any free port.',
  ),
  probeHost: setting('AGENTICORE_PROBE_HOST', text, '127.0.0.1', 'Address that those probes listen on.'),
};
