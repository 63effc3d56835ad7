import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { IdempotencyKey } from '../../contract/http/job-request.ts';
import { ErrorReply } from '../../contract/http/replies.ts';

/** A Fastify instance whose routes take their types from zod schemas. */
export type TypedApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Error replies, which every route has. */
export const errors = { '4xx': ErrorReply, '5xx': ErrorReply };

/** A reply as a service makes it: the route or the tool that sends it says `success`. */
export type PageOf<Reply extends z.ZodType> = Omit<z.infer<Reply>, 'success'>;

/** Headers of a route that may safely be called again. */
export const Repeatable = z.object({ 'idempotency-key': IdempotencyKey.optional() });
