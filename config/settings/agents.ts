import { z } from 'zod';
import { AGENT_NAMES, DEFAULT_AGENT } from '../../contract/shared/agents.ts';
import { secret, setting } from '../setting.ts';
import { maybePath, maybePort, maybeText, priceList, text, whole, words, YEAR_S } from '../values.ts';

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
  defaultAgent: setting(
    'AGENTICORE_DEFAULT_AGENT',
    z.enum(AGENT_NAMES, `must be one of ${AGENT_NAMES.join(', ')}`),
    DEFAULT_AGENT,
    'Agent of profiles that name none; it also chooses the profile of jobs with profile `auto`.',
  ),
  codexBinary: setting('AGENTICORE_CODEX_BINARY', text, 'codex', 'Codex, by path or by name on PATH.'),
  codexConfigDir: setting(
    'AGENTICORE_CODEX_CONFIG_DIR',
    maybePath,
    '',
    'Home directory of Codex on which every profile is built: its config.toml, skills and rules, and nothing else of it.',
  ),
  codexProfile: {
    ...setting(
      'AGENTICORE_CODEX_PROFILE',
      maybeText,
      '',
      "Codex's own profile where a profile names none: `<name>.config.toml` in AGENTICORE_CODEX_CONFIG_DIR.",
    ),
    formerly: 'AGENTD_CODEX_PROFILE',
  },
  codexExtraArgs: setting(
    'AGENTICORE_CODEX_EXTRA_ARGS',
    words,
    '',
    'Further arguments for Codex, separated by spaces; those that `codex app-server` does not take cost a warning.',
  ),
  codexPrices: setting(
    'AGENTICORE_CODEX_PRICES',
    priceList,
    '',
    'US dollars for a million tokens of the models of Codex: `<model>=<input>/<cached input>/<output>`, separated by commas. Without a price a job shows no cost.',
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
  internalUrl: setting(
    'AGENTICORE_INTERNAL_URL',
    maybeText,
    '',
    'Address at which the agents of sessions reach the API, for their tools to spawn sessions and the like; by default that of the API which works with the same data directory.',
  ),
  sessionTokenKey: secret(
    'AGENTICORE_SESSION_TOKEN_KEY',
    maybeText,
    'Key of the tokens that those agents get; the same on all hosts and APIs. Those of one data directory share one without it.',
  ),
  approvalHoldS: setting(
    'AGENTICORE_APPROVAL_HOLD_S',
    whole(1, YEAR_S),
    '300',
    'Seconds for which an agent that waits for approvals, and for nothing else, keeps its seat; then it is ended, and goes on when there is a decision.',
  ),
  probePort: setting(
    'AGENTICORE_PROBE_PORT',
    maybePort,
    '',
    'Port on which `agenticore worker` answers `/health/live` and `/health/ready`; without it there are no probes, 0 takes any free port.',
  ),
  probeHost: setting('AGENTICORE_PROBE_HOST', text, '127.0.0.1', 'Address that those probes listen on.'),
};
