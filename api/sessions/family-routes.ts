import { EscalationReply, ReplyParentBody, SpawnBody, SpawnReply } from '../../contract/http/session.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, Repeatable, type TypedApp } from '../http/typed-app.ts';
import { MESSAGE_BODY_LIMIT, oneKey, SessionParams } from './routes.ts';
import { RunParams } from './run-routes.ts';

/** Starting child sessions, and telling their parents something. */
export function familyRoutes(app: TypedApp, { sessions }: ApiDeps): void {
  const spawning = { body: SpawnBody, headers: Repeatable, response: { 201: SpawnReply, ...errors } };

  app.post(
    '/runs/:id/spawn',
    {
      schema: { summary: 'Start a child session for a run', params: RunParams, ...spawning },
      bodyLimit: MESSAGE_BODY_LIMIT,
    },
    async (request, reply) => {
      const key = oneKey(request.headers['idempotency-key'], request.body.idempotency_key);
      const asker = { owner: ownerOf(request), key };
      const spawned = await sessions.family.spawnOfRun(request.params.id, request.body, asker);
      return reply.code(201).send({ success: true, ...spawned });
    },
  );

  app.post(
    '/sessions/:id/spawn',
    {
      schema: { summary: 'Start a child session of a session', params: SessionParams, ...spawning },
      bodyLimit: MESSAGE_BODY_LIMIT,
    },
    async (request, reply) => {
      const key = oneKey(request.headers['idempotency-key'], request.body.idempotency_key);
      const asker = { owner: ownerOf(request), key };
      const spawned = await sessions.family.spawn(request.params.id, request.body, asker);
      return reply.code(201).send({ success: true, ...spawned });
    },
  );

  app.post(
    '/runs/:id/reply-parent',
    {
      schema: {
        summary: "Tell the parent of a run's session something",
        params: RunParams,
        body: ReplyParentBody,
        headers: Repeatable,
        response: { 202: EscalationReply, ...errors },
      },
    },
    async (request, reply) => {
      const key = oneKey(request.headers['idempotency-key'], request.body.idempotency_key);
      const asker = { owner: ownerOf(request), key };
      const told = await sessions.family.replyParent(request.params.id, request.body, asker);
      return reply.code(202).send({ success: true, ...told });
    },
  );
}
