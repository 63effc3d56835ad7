import { z } from 'zod';
import { CHAT_BODY_LIMIT, ignoredIn, OpenAiError } from '../../../contract/http/chat.ts';
import {
  DeletedResponse,
  IGNORED_IN_RESPONSES,
  ResponseObject,
  ResponseQuery,
  ResponseRequest,
} from '../../../contract/http/responses.ts';
import { ownerOf } from '../../auth/caller.ts';
import type { ApiDeps } from '../../http/deps.ts';
import type { TypedApp } from '../../http/typed-app.ts';
import { FrameStream } from '../frame-stream.ts';
import { createResponse, streamResponse } from './create-response.ts';
import { parseResponse } from './parse-response.ts';
import { cancelResponse, deleteResponse, findResponse } from './stored-response.ts';

const errors = { '4xx': OpenAiError, '5xx': OpenAiError };
const params = z.object({ id: z.string().max(100) });
const replies = { 200: ResponseObject, ...errors };

/** The Responses API: the same sessions as those of chat completions. */
export function responseRoutes(app: TypedApp, deps: ApiDeps): void {
  app.post(
    '/responses',
    {
      schema: { summary: 'Ask an agent package, as newer OpenAI SDKs ask a model', body: ResponseRequest },
      bodyLimit: CHAT_BODY_LIMIT,
    },
    async (request, reply) => {
      const ignored = ignoredIn(request.body, IGNORED_IN_RESPONSES);
      if (ignored.length > 0) void reply.header('x-agenticore-ignored', ignored.join(', '));
      const asked = await parseResponse(request, request.body, deps);
      const stream = request.body.stream === true;
      const response = await createResponse(deps, { ...asked, stream }, reply);
      return stream ? reply : response;
    },
  );
  app.get(
    '/responses/:id',
    { schema: { summary: 'Read a response as far as it is there', params, querystring: ResponseQuery } },
    async (request, reply) => {
      const found = await findResponse(deps, request.params.id, ownerOf(request));
      const { stream, starting_after } = request.query;
      if (stream !== 'true') return (await found.soFar()).response;
      await streamResponse(found, new FrameStream(reply), starting_after);
      return reply;
    },
  );
  app.post(
    '/responses/:id/cancel',
    { schema: { summary: 'Cancel the run of a response', params, response: replies } },
    (request) => cancelResponse(deps, request.params.id, ownerOf(request)),
  );
  app.delete(
    '/responses/:id',
    { schema: { summary: 'Forget a response', params, response: { 200: DeletedResponse, ...errors } } },
    async (request) => {
      const { id } = request.params;
      await deleteResponse(deps, id, ownerOf(request));
      return { id, object: 'response' as const, deleted: true as const };
    },
  );
}
