import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ourTracer } from '../../telemetry/in-span.ts';
import { contextOf } from '../../telemetry/traces/ids.ts';

/**
 * Routes of which others ask again and again whether all is well, and those that take telemetry: a collector would send
 * the span of its last request with the next one, for ever.
 */
const UNTOLD = /^\/(health|metrics|v1\/(traces|metrics|logs)$)/;

/** What the path of a request names first. */
const SUBJECT = /^\/(approval|job|plan|run|session|worktree)s\/:id/;

/** Lines that the log gets of a request name what it is about. */
export function nameSubjects(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const [, subject] = SUBJECT.exec(request.routeOptions.url ?? '') ?? [];
    const { id } = (request.params ?? {}) as { id?: string };
    if (subject !== undefined) request.log = request.log.child({ [subject]: id });
    done();
  });
}

/** Makes each request a span, below that of its caller. Where telemetry is off the spans are none. */
export function traceRequests(app: FastifyInstance): void {
  const begun = new WeakMap<FastifyRequest, Context>();
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, routeOptions, headers } = request;
    const route = routeOptions.url ?? 'none';
    if (UNTOLD.test(route)) return done();
    const caller = typeof headers.traceparent === 'string' ? contextOf(headers.traceparent) : undefined;
    const above = caller === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, caller);
    const attributes = { 'http.request.method': method, 'http.route': route };
    const span = ourTracer().startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, above);
    const within = trace.setSpan(ROOT_CONTEXT, span);
    begun.set(request, within);
    context.with(within, done);
  });
  // A body that has come meanwhile leads out of the context.
  app.addHook('preValidation', (request, _reply, done) => {
    context.with(begun.get(request) ?? context.active(), done);
  });
  app.addHook('onResponse', (request, { statusCode }, done) => {
    const span = trace.getSpan(begun.get(request) ?? ROOT_CONTEXT);
    span?.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    if (request.caller !== null) span?.setAttribute('agenticore.owner', request.caller.owner);
    span?.end();
    done();
  });
}
