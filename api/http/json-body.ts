import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';

/**
 * Parses JSON bodies. An absent or empty body is accepted where all fields are optional, even with a content type: many
 * clients send one with every request.
 */
export function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '' && (optionalBody(request) !== undefined || takesNone(request))) return done(null, undefined);
    void parse(request, body, done);
  });
  // Before a schema Fastify makes null of a body that is absent.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined) request.body = optionalBody(request)?.parse(undefined);
    done();
  });
}

const takesNone = ({ method, routeOptions: { schema } }: FastifyRequest): boolean =>
  schema?.body === undefined && method !== 'POST';

/** The schema of a body that may be absent. */
function optionalBody({ routeOptions: { schema } }: FastifyRequest): z.ZodType | undefined {
  const body = schema?.body as z.ZodType | undefined;
  return body?.safeParse(undefined).success === true ? body : undefined;
}
