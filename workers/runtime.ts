import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger } from '../contract/logger.ts';

let installed = false;

/** Sends the SDK's log to ours and leaves signals to us; once per process, before the first worker. */
export function installRuntime(log: Logger): void {
  if (installed) return;
  installed = true;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    // An activity that fails is the workflow's business and stands in the job's record; it is no news for the log.
    if (message === 'Activity failed') return;
    log[level === 'ERROR' ? 'error' : 'warn']({ ...meta, sdk: true }, message);
  });
  Runtime.install({ logger, shutdownSignals: [] });
}
