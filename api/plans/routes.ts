import { z } from 'zod';
import {
  ExecuteBody,
  ExecuteReply,
  PlanBody,
  PlanId,
  PlanListReply,
  PlanMadeReply,
  PlanQuery,
  PlanReply,
} from '../../contract/http/plan.ts';
import type { ApiDeps } from '../http/deps.ts';
import { ownerOf } from '../auth/caller.ts';
import { madeReply } from './record.ts';
import { errors, Repeatable, type TypedApp } from '../http/typed-app.ts';
import { afterWaiting } from '../jobs/wait.ts';

const Params = z.object({ id: PlanId });

/** Making, reading, cancelling and executing plans. */
export function planRoutes(app: TypedApp, { jobs, plans }: ApiDeps): void {
  app.post(
    '/plans',
    {
      schema: {
        summary: 'Make a plan for a task with a read-only agent',
        body: PlanBody,
        headers: Repeatable,
        response: { 200: PlanMadeReply, 202: PlanMadeReply, ...errors },
      },
    },
    async (request, reply) => {
      const { wait, wait_timeout_s, ...body } = request.body;
      const owner = ownerOf(request);
      const job = await plans.submit(body, { owner, key: request.headers['idempotency-key'] });
      void reply.header('location', `/plans/${job.id}`);
      const { code, last } = await afterWaiting(job, { jobs, owner, reply, wait, wait_timeout_s });
      return reply.code(code).send({ success: true, ...madeReply(await plans.of(last)) });
    },
  );

  app.get(
    '/plans',
    { schema: { summary: 'List plans', querystring: PlanQuery, response: { 200: PlanListReply, ...errors } } },
    async (request) => ({ success: true as const, ...(await plans.list(ownerOf(request), request.query)) }),
  );

  app.get(
    '/plans/:id',
    { schema: { summary: 'Read a plan', params: Params, response: { 200: PlanReply, ...errors } } },
    async (request) => ({
      success: true as const,
      plan: await plans.get(request.params.id, ownerOf(request)),
    }),
  );

  app.delete(
    '/plans/:id',
    {
      schema: {
        summary: 'Cancel a pending plan',
        params: Params,
        response: { 200: PlanReply, 202: PlanReply, ...errors },
      },
    },
    async (request, reply) => {
      const owner = ownerOf(request);
      const { id } = await plans.get(request.params.id, owner);
      const plan = await plans.of(await jobs.cancel(id, owner));
      return reply.code(plan.ended_at === null ? 202 : 200).send({ success: true, plan });
    },
  );

  app.post(
    '/plans/:id/execute',
    {
      // All of it is as it was for the plan: there may be nothing to say.
      schema: {
        summary: 'Execute a plan: start a job with its task and its text',
        params: Params,
        body: ExecuteBody.prefault({}),
        response: { 200: ExecuteReply, 202: ExecuteReply, ...errors },
      },
    },
    async (request, reply) => {
      const { wait, wait_timeout_s, ...body } = request.body;
      const owner = ownerOf(request);
      const plan_id = request.params.id;
      const job = await plans.execute(plan_id, owner, body);
      void reply.header('location', `/jobs/${job.id}`);
      const { code, last } = await afterWaiting(job, { jobs, owner, reply, wait, wait_timeout_s });
      return reply.code(code).send({ success: true, plan_id, job_id: job.id, job: last });
    },
  );
}
