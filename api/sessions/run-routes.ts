import { z } from 'zod';
import {
  DaemonStatusReply,
  DiagnoseReply,
  RunId,
  RunReply,
  TransitionBody,
  WaitQuery,
  WaitReply,
  type RunRecord,
} from '../../contract/http/run.ts';
import { MessageReply, RunRequest } from '../../contract/http/session.ts';
import { ownerOf } from '../auth/caller.ts';
import { ApiError } from '../http/api-error.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, Repeatable, type TypedApp } from '../http/typed-app.ts';
import { whileWaiting } from '../jobs/wait.ts';
import { MESSAGE_BODY_LIMIT, oneKey } from './routes.ts';

export const RunParams = z.object({ id: RunId });

/** Starting, reading, awaiting and cancelling the runs of sessions. */
export function runRoutes(app: TypedApp, deps: ApiDeps): void {
  const { sessions } = deps;
  const one = { params: RunParams, response: { 200: RunReply, ...errors } };
  const either = { params: RunParams, response: { 200: RunReply, 202: RunReply, ...errors } };

  app.post(
    '/runs',
    {
      schema: {
        summary: 'Start a run of a session by a message',
        body: RunRequest,
        headers: Repeatable,
        response: { 202: MessageReply, ...errors },
      },
      bodyLimit: MESSAGE_BODY_LIMIT,
    },
    async (request, reply) => {
      const { session_id, idempotency_key, ...body } = request.body;
      const key = oneKey(request.headers['idempotency-key'], idempotency_key);
      const posted = await sessions.post(session_id, { role: 'user', ...body }, { owner: ownerOf(request), key });
      return reply.code(202).send({ success: true, ...posted });
    },
  );

  app.get('/runs/:id', { schema: { summary: 'Read a run', ...one } }, async (request) =>
    found(await sessions.reader.run(request.params.id, ownerOf(request))),
  );

  app.get(
    '/runs/:id/wait',
    {
      schema: {
        summary: 'Wait for the end of a run',
        params: RunParams,
        querystring: WaitQuery,
        response: { 200: WaitReply, ...errors },
      },
    },
    async (request, reply) => {
      const signal = whileWaiting(reply, request.query.timeout_s);
      const run = await sessions.runEnded(request.params.id, ownerOf(request), signal);
      return { ...found(run), timed_out: run.ended_at === null };
    },
  );

  app.get(
    '/runs/:id/diagnose',
    {
      schema: {
        summary: 'Say what keeps a run from going on',
        params: RunParams,
        response: { 200: DiagnoseReply, ...errors },
      },
    },
    async (request) => ({
      success: true as const,
      ...(await sessions.daemon.diagnose(request.params.id, ownerOf(request), { reader: sessions.reader, ...deps })),
    }),
  );

  app.get(
    '/daemon/status',
    { schema: { summary: 'Say whether runs can go on', response: { 200: DaemonStatusReply, ...errors } } },
    async () => ({ success: true as const, ...(await sessions.daemon.status(deps)) }),
  );

  app.post('/runs/:id/cancel', { schema: { summary: 'Cancel a run', ...either } }, async (request, reply) => {
    const run = await sessions.cancelRun(request.params.id, ownerOf(request));
    return reply.code(run.ended_at === null ? 202 : 200).send(found(run));
  });

  app.post(
    '/runs/:id/transition',
    { schema: { summary: 'Set the status of a run: cancel it', ...either, body: TransitionBody } },
    async (request, reply) => {
      const run = await sessions.cancelRun(request.params.id, ownerOf(request));
      if (run.ended_at !== null && run.status !== 'cancelled')
        throw new ApiError('run_ended', `run ${run.id} is ${run.status}`, 'to_status');
      return reply.code(run.ended_at === null ? 202 : 200).send(found(run));
    },
  );
}

const found = (run: RunRecord): { success: true; run: RunRecord } => ({ success: true, run });
