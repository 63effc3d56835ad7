import { SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';

/**
 * Does `work` as a span below the one that is under way. Where none is, or telemetry is off, it is only done. The code
 * of a failure is noted, never its text.
 */
export async function inSpan<T>(name: string, attributes: Attributes, work: (span?: Span) => Promise<T>): Promise<T> {
  if (trace.getActiveSpan() === undefined) return work();
  return ourTracer().startActiveSpan(name, { attributes }, (span) => untilEnd(span, () => work(span)));
}

export const ourTracer = (): ReturnType<typeof trace.getTracer> => trace.getTracer('agenticore');

/** Ends `span` with `work`. */
export async function untilEnd<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    markFailed(span, codeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Notes that what a span tells of has failed. */
export function markFailed(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** The stable code of an error; what is none of ours has the name of its class. */
function codeOf(error: unknown): string {
  const { type, code, name } = Object(error) as { type?: unknown; code?: unknown; name?: unknown };
  if (name === 'AbortError' || name === 'CancelledFailure') return 'cancelled';
  return [type, code, name].find((each): each is string => typeof each === 'string' && each !== '') ?? 'internal';
}

/** Notes of the step that is under way to which stage of the job it belongs. */
export const markStage = (stage: string): void => void trace.getActiveSpan()?.setAttribute('agenticore.stage', stage);
