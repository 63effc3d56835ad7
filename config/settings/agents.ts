import { setting } from '../setting.ts';
import { maybePort, text, whole, YEAR_S } from '../values.ts';

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
  agentTimeout: setting(
    'AGENTICORE_CLAUDE_TIMEOUT',
    whole(1, YEAR_S),
    '3600',
    'Seconds that an agent may run, unless its profile sets a timeout.',
  ),
  probePort: setting(
    'AGENTICORE_PROBE_PORT',
    maybePort,
    '',
    'Port on which `agenticore worker` answers `/health/live` and `/health/ready`; without it there are no probes, 0 takes any free port.',
  ),
  probeHost: setting('AGENTICORE_PROBE_HOST', text, '127.0.0.1', 'Address that those probes listen on.'),
};
