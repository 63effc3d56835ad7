import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OtlpEncoding } from '../../telemetry/otlp/codec.ts';
import type { Signal } from '../../telemetry/otlp/sink.ts';
import type { Scope } from '../auth/caller.ts';
import { ApiError } from '../http/api-error.ts';
import type { ApiDeps } from '../http/deps.ts';
import { describeError } from '../http/error-reply.ts';

/** Largest request (bytes), also once it is not compressed any more. */
const MAX_BYTES = 16 * 1024 * 1024;

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

const config = { scopes: ['jobs:write', 'sessions:write'] as Scope[] };

/**
 * Receives telemetry by OTLP over HTTP and keeps it in PostgreSQL. Answers, and errors, are those of OTLP, in the
 * encoding of the request.
 */
export function otlpRoutes(app: FastifyInstance, { telemetry }: ApiDeps, done: () => void): void {
  app.removeAllContentTypeParsers();
  const types = ['application/x-protobuf', 'application/json'];
  app.addContentTypeParser(types, { parseAs: 'buffer', bodyLimit: MAX_BYTES }, (_request, body, parsed) =>
    parsed(null, body),
  );
  app.setErrorHandler(answerInOtlp);
  for (const signal of SIGNALS) {
    const schema = {
      summary: `Receive ${signal} by OTLP`,
      description: 'A request of OTLP over HTTP, in protobuf or JSON, also with gzip. It is kept in PostgreSQL.',
      consumes: types,
    };
    app.post(`/v1/${signal}`, { schema, config }, async (request, reply) => {
      if (telemetry === undefined) throw new ApiError('telemetry_off', 'the server keeps no telemetry');
      const { receive } = await import('./receive.ts');
      const encoding = encodingOf(request);
      const answer = await receive(telemetry, signal, {
        body: request.body as Buffer,
        packing: request.headers['content-encoding'],
        encoding,
        maxBytes: MAX_BYTES,
      });
      return send(reply, encoding, answer);
    });
  }
  done();
}

const encodingOf = ({ headers }: FastifyRequest): OtlpEncoding =>
  headers['content-type']?.startsWith('application/json') === true ? 'json' : 'protobuf';

const send = (reply: FastifyReply, encoding: OtlpEncoding, body: Uint8Array): FastifyReply =>
  reply.type(encoding === 'json' ? 'application/json' : 'application/x-protobuf').send(Buffer.from(body));

/** Codes of gRPC, in which OTLP tells errors. */
const GRPC_CODES: Readonly<Record<number, number>> = { 401: 16, 403: 7, 404: 5, 429: 8, 500: 13, 503: 14 };
const INVALID_ARGUMENT = 3;

/** Seconds after which a collector is to try again. */
const RETRY_S = '10';

async function answerInOtlp(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { encodeRpcStatus } = await import('../../telemetry/otlp/codec.ts');
  const { statusCode, error: message, next_step = '' } = describeError(error);
  if (statusCode === 500) request.log.error({ err: error }, 'request failed');
  if (error instanceof ApiError) void reply.headers(error.headers);
  if (statusCode === 503) void reply.header('retry-after', RETRY_S);
  const status = { code: GRPC_CODES[statusCode] ?? INVALID_ARGUMENT, message: `${message}. ${next_step}`.trim() };
  const encoding = encodingOf(request);
  return send(reply.code(statusCode), encoding, encodeRpcStatus(status, encoding));
}
