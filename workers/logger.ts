import { asyncLocalStorage } from '@temporalio/activity';
import { trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/index.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW, RUN_WORKFLOW, sessionOfRun } from '../contract/workflow/names.ts';

/** Fields that must never be written, wherever they come from. */
const SECRET_FIELDS = ['req.headers', 'headers', '*.apiKey', '*.password', '*.githubToken', '*.redisUrl'];

/**
 * The log of this process, on stderr: lines for people on a terminal, JSON for machines elsewhere. A line that is
 * written in a step or a request names its trace, and that of a step what it is done for.
 */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>, out?: DestinationStream): Logger {
  const options = {
    level: logLevel,
    redact: { paths: SECRET_FIELDS, remove: true },
    serializers: { error: pino.stdSerializers.err },
    mixin: whereabouts,
  };
  if (out !== undefined || !process.stderr.isTTY) return pino(options, out ?? pino.destination(2));
  return pino(
    options,
    pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss', singleLine: true }),
  );
}

function whereabouts(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  const { workflowType, workflowExecution } = asyncLocalStorage.getStore()?.info ?? {};
  return {
    ...(span && { trace_id: span.traceId }),
    ...(workflowExecution && subjectOf(workflowType, workflowExecution.workflowId)),
  };
}

/** What a workflow is of, as lines of the log name it. */
export function subjectOf(type: string | undefined, id: string): Record<string, string> {
  if (type === JOB_WORKFLOW || type === PLAN_WORKFLOW) return { job: id };
  if (type !== RUN_WORKFLOW) return { [type ?? 'workflow']: id };
  const session = sessionOfRun(id)?.session_id;
  return { run: id, ...(session !== undefined && { session }) };
}
