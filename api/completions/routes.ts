import { z } from 'zod';
import {
  CompletionDone,
  CompletionListReply,
  CompletionQuery,
  CompletionQueued,
  CompletionReply,
  CompletionRequest,
} from '../../contract/http/completions.ts';
import { SessionId } from '../../contract/http/session.ts';
import { CHAT_BODY_LIMIT } from '../../contract/http/chat.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, Repeatable, type TypedApp } from '../http/typed-app.ts';
import { goneSignal } from '../openai/frame-stream.ts';

/** The completions of Python agenticore, for clients that were written for it. */
export function completionRoutes(app: TypedApp, { completions, sessions, packages }: ApiDeps): void {
  app.post(
    '/completions',
    {
      schema: {
        summary: 'Ask an agent package, as Python agenticore was asked',
        body: CompletionRequest,
        headers: Repeatable,
        response: { 200: CompletionDone, 202: CompletionQueued, ...errors, 500: CompletionDone },
      },
      bodyLimit: CHAT_BODY_LIMIT,
    },
    async (request, reply) => {
      const owner = ownerOf(request);
      const key = request.headers['idempotency-key'];
      const { uuid, run: begun } = await completions.start(request.body, await packages(), { owner, key });
      const poll_url = `/completions/${uuid}`;
      if (!request.body.wait) return reply.code(202).send({ success: true, status: 'queued', uuid, poll_url });
      const run = await sessions.runEnded(begun.id, owner, goneSignal(reply));
      const completion = await completions.ofRun(uuid, run);
      return reply.code(completion.is_error ? 500 : 200).send({ success: !completion.is_error, ...completion });
    },
  );
  app.get(
    '/completions',
    {
      schema: {
        summary: 'List the last completions',
        querystring: CompletionQuery,
        response: { 200: CompletionListReply, ...errors },
      },
    },
    async (request) => {
      const found = await completions.list(ownerOf(request), request.query);
      return { success: true as const, count: found.length, completions: found };
    },
  );
  app.get(
    '/completions/:uuid',
    {
      schema: {
        summary: 'Read the last completion of a uuid',
        params: z.object({ uuid: SessionId }),
        response: { 200: CompletionReply, ...errors },
      },
    },
    async (request) => ({
      success: true as const,
      completion: await completions.read(request.params.uuid, ownerOf(request)),
    }),
  );
}
