import { ForkBody, SessionReply } from '../../contract/http/session.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, Repeatable, type TypedApp } from '../http/typed-app.ts';
import { oneKey, SessionParams } from './routes.ts';

/** Beginning a session with the conversation of another one. */
export function forkRoute(app: TypedApp, { sessions }: ApiDeps): void {
  app.post(
    '/sessions/:id/fork',
    {
      schema: {
        summary: 'Create a session that begins with the conversation of this one',
        params: SessionParams,
        body: ForkBody.prefault({}),
        headers: Repeatable,
        response: { 201: SessionReply, ...errors },
      },
    },
    async (request, reply) => {
      const { idempotency_key, ...body } = request.body;
      const key = oneKey(request.headers['idempotency-key'], idempotency_key);
      const session = await sessions.forks.fork(request.params.id, body, { owner: ownerOf(request), key });
      void reply.header('location', `/sessions/${session.id}`);
      return reply.code(201).send({ success: true, session });
    },
  );
}
