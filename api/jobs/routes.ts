import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { JobId, JobQuery, RetryBody, SubmitBody } from '../../contract/http/job-request.ts';
import { JobListReply, JobReply, type JobRecord } from '../../contract/http/job-record.ts';
import type { ApiDeps } from '../http/deps.ts';
import { ownerOf } from '../auth/caller.ts';
import { errors, Repeatable, type TypedApp } from '../http/typed-app.ts';
import { afterWaiting } from './wait.ts';

const Params = z.object({ id: JobId });
type Waiting = Pick<z.output<typeof SubmitBody>, 'wait' | 'wait_timeout_s'>;

/** Submitting, reading and cancelling jobs. */
export function jobRoutes(app: TypedApp, { jobs }: ApiDeps): void {
  const answer = async (reply: FastifyReply, job: JobRecord, owner: string, waiting: Waiting) => {
    void reply.header('location', `/jobs/${job.id}`);
    const { code, last } = await afterWaiting(job, { jobs, owner, reply, ...waiting });
    return reply.code(code).send(found(last));
  };
  const id = { params: Params, response: { 200: JobReply, ...errors } };

  app.post(
    '/jobs',
    {
      schema: {
        summary: 'Submit a job',
        body: SubmitBody,
        headers: Repeatable,
        response: { 200: JobReply, 202: JobReply, ...errors },
      },
    },
    async (request, reply) => {
      const { wait, wait_timeout_s, ...body } = request.body;
      const owner = ownerOf(request);
      const job = await jobs.submit(body, { owner, key: request.headers['idempotency-key'] });
      return answer(reply, job, owner, { wait, wait_timeout_s });
    },
  );

  app.post(
    '/jobs/:id/retry',
    {
      schema: {
        summary: 'Retry a job that did not succeed, as a new job that continues from where it stopped',
        params: Params,
        body: RetryBody.prefault({}),
        response: { 200: JobReply, 202: JobReply, ...errors },
      },
    },
    async (request, reply) => {
      const { wait, wait_timeout_s, ...body } = request.body;
      const owner = ownerOf(request);
      return answer(reply, await jobs.retry(request.params.id, owner, body), owner, { wait, wait_timeout_s });
    },
  );

  app.get(
    '/jobs',
    { schema: { summary: 'List jobs', querystring: JobQuery, response: { 200: JobListReply, ...errors } } },
    async (request) => ({ success: true as const, ...(await jobs.reader.list(ownerOf(request), request.query)) }),
  );

  app.get('/jobs/:id', { schema: { summary: 'Read a job', ...id } }, async (request) =>
    found(await jobs.reader.get(request.params.id, ownerOf(request))),
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
