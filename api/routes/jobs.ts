import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import {
  ErrorReply,
  IdempotencyKey,
  JobId,
  JobListReply,
  JobQuery,
  JobReply,
  SubmitBody,
  type JobRecord,
} from '../../contract/job.ts';
import { ApiError } from '../errors.ts';
import { timeLimit } from '../../contract/time-limit.ts';
import type { ApiDeps } from '../app.ts';
import { ownerOf } from '../owner.ts';
import { canonicalQuery, createSpec } from '../spec.ts';
import type { TypedApp } from './typed.ts';

const Params = z.object({ id: JobId });
const Headers = z.object({ 'idempotency-key': IdempotencyKey.optional() });

/** Submitting, reading and cancelling jobs. */
export function jobRoutes(app: TypedApp, { jobs, config }: ApiDeps): void {
  const toSpec = createSpec(config);
  const errors = { '4xx': ErrorReply, '5xx': ErrorReply };
  const id = { params: Params, response: { 200: JobReply, ...errors } };

  app.post(
    '/jobs',
    {
      schema: {
        summary: 'Submit a job',
        body: SubmitBody,
        headers: Headers,
        response: { 200: JobReply, 202: JobReply, ...errors },
      },
    },
    async (request, reply) => {
      const { wait, wait_timeout_s, ...body } = request.body;
      const owner = ownerOf(request);
      const job = await jobs.start(await toSpec(body), owner, request.headers['idempotency-key']);
      void reply.header('location', `/jobs/${job.id}`);
      const signal = AbortSignal.any([timeLimit(wait_timeout_s * 1_000), closeOf(reply)]);
      const last = wait ? await jobs.wait(job.id, owner, signal) : job;
      return reply.code(wait && last.ended_at !== null ? 200 : 202).send({ success: true, job: last });
    },
  );

  app.get(
    '/jobs',
    { schema: { summary: 'List jobs', querystring: JobQuery, response: { 200: JobListReply, ...errors } } },
    async (request) => {
      const page = await jobs.list(ownerOf(request), canonicalQuery(config, request.query));
      return { success: true as const, count: page.jobs.length, jobs: page.jobs, next_cursor: page.nextCursor };
    },
  );

  app.get('/jobs/:id', { schema: { summary: 'Read a job', ...id } }, async (request) =>
    found(await jobs.get(request.params.id, ownerOf(request))),
  );

  app.delete(
    '/jobs/:id',
    { schema: { summary: 'Cancel a job', params: Params, response: { 200: JobReply, 202: JobReply, ...errors } } },
    async (request, reply) => {
      const job = await jobs.cancel(request.params.id, ownerOf(request));
      return reply.code(job.ended_at === null ? 202 : 200).send(found(job));
    },
  );
}

const found = (job: JobRecord): { success: true; job: JobRecord } => ({ success: true, job });

/** Aborts when the caller goes away, so that nothing waits for nobody. */
function closeOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () =>
    gone.abort(new ApiError(499, 'client_closed', 'the caller went away', 'Read the job again.')),
  );
  return gone.signal;
}
