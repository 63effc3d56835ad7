import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger } from '../contract/shared/logger.ts';

/** What is no news: workers that poll for one kind of task only, and failures that stand in the job's record. */
const EXPECTED = /^(Activity failed|Workflow failed|No (workflows|activities) registered)/;

let installed = false;

/** Sends the SDK's log to ours and leaves signals to us; once per process, before the first worker. */
export function installRuntime(log: Logger): void {
  if (installed) return;
  installed = true;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (EXPECTED.test(message)) return;
    log[level === 'ERROR' ? 'error' : 'warn']({ ...meta, sdk: true }, message);
  });
  Runtime.install({ logger, shutdownSignals: [] });
}
