import { z } from 'zod';
import { RunListReply, RunQuery } from '../../contract/http/run.ts';
import {
  CloseBody,
  DeliverBody,
  MessageBody,
  MessageReply,
  SessionId,
  SessionListReply,
  SessionQuery,
  SessionReply,
  SessionRequest,
} from '../../contract/http/session.ts';
import { ownerOf } from '../auth/caller.ts';
import { invalid } from '../http/api-error.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, Repeatable, type TypedApp } from '../http/typed-app.ts';

export const SessionParams = z.object({ id: SessionId });

/** Largest body of a route that takes a message with pictures (bytes). */
export const MESSAGE_BODY_LIMIT = 32 * 1024 * 1024;

/** Creating and reading sessions, posting to them and closing them. */
export function sessionRoutes(app: TypedApp, { sessions }: ApiDeps): void {
  const one = { params: SessionParams, response: { 200: SessionReply, ...errors } };

  app.post(
    '/sessions',
    {
      schema: {
        summary: 'Create a session',
        body: SessionRequest.prefault({}),
        headers: Repeatable,
        response: { 201: SessionReply, ...errors },
      },
    },
    async (request, reply) => {
      const asker = { owner: ownerOf(request), key: request.headers['idempotency-key'] };
      const session = await sessions.create(request.body, asker);
      void reply.header('location', `/sessions/${session.id}`);
      return reply.code(201).send({ success: true, session });
    },
  );

  app.get(
    '/sessions',
    {
      schema: {
        summary: 'List sessions',
        querystring: SessionQuery,
        response: { 200: SessionListReply, ...errors },
      },
    },
    async (request) => ({ success: true as const, ...(await sessions.reader.list(ownerOf(request), request.query)) }),
  );

  app.get('/sessions/:id', { schema: { summary: 'Read a session', ...one } }, async (request) => ({
    success: true as const,
    session: await sessions.reader.get(request.params.id, ownerOf(request)),
  }));

  app.get(
    '/sessions/:id/runs',
    {
      schema: {
        summary: "List a session's runs, the newest first",
        params: SessionParams,
        querystring: RunQuery,
        response: { 200: RunListReply, ...errors },
      },
    },
    async (request) => ({
      success: true as const,
      ...(await sessions.reader.runs(request.params.id, ownerOf(request), request.query)),
    }),
  );

  app.post(
    '/sessions/:id/close',
    {
      schema: { summary: 'Close a session', ...one, body: CloseBody.prefault({}) },
    },
    async (request) => ({
      success: true as const,
      session: await sessions.close(request.params.id, ownerOf(request), request.body),
    }),
  );

  app.post(
    '/sessions/:id/deliver',
    {
      schema: {
        summary: 'Commit what a session has made, push it and open or update its pull request',
        params: SessionParams,
        body: DeliverBody.prefault({}),
        headers: Repeatable,
        response: { 202: MessageReply, ...errors },
      },
    },
    async (request, reply) => {
      const { idempotency_key, ...body } = request.body;
      const key = oneKey(request.headers['idempotency-key'], idempotency_key);
      const posted = await sessions.deliver(request.params.id, body, { owner: ownerOf(request), key });
      return reply.code(202).send({ success: true, ...posted });
    },
  );

  messageRoutes(app, { sessions });
}

/** The two ways to say something to a session: by people, who need a key, and by tools. */
function messageRoutes(app: TypedApp, { sessions }: Pick<ApiDeps, 'sessions'>): void {
  const schema = {
    params: SessionParams,
    body: MessageBody,
    headers: Repeatable,
    response: { 202: MessageReply, ...errors },
  };
  const routes = [
    { path: 'messages', summary: 'Post a message to a session, which starts a run', keyed: true },
    { path: 'send', summary: 'The same for tools and agents: the idempotency key may be absent', keyed: false },
  ];
  for (const { path, summary, keyed } of routes)
    app.post(
      `/sessions/:id/${path}`,
      { schema: { summary, ...schema }, bodyLimit: MESSAGE_BODY_LIMIT },
      async (request, reply) => {
        const { idempotency_key, ...body } = request.body;
        const key = oneKey(request.headers['idempotency-key'], idempotency_key);
        if (keyed && key === undefined && body.role === 'user')
          throw invalid('idempotency_key', 'must be there, or the header Idempotency-Key, for a message of role user');
        const posted = await sessions.post(request.params.id, body, { owner: ownerOf(request), key });
        return reply.code(202).send({ success: true, ...posted });
      },
    );
}

/** The key of the header or of the body; 400 where they differ. */
export function oneKey(header: string | undefined, field: string | undefined): string | undefined {
  if (header !== undefined && field !== undefined && header !== field)
    throw invalid('idempotency_key', 'must be the same as the header Idempotency-Key, or absent');
  return header ?? field;
}
