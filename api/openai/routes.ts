import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  CHAT_BODY_LIMIT,
  ChatCompletion,
  ChatRequest,
  ignoredIn,
  ModelListReply,
  ModelRecord,
  OpenAiError,
} from '../../contract/http/chat.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { completeChat } from './complete-chat.ts';
import { answerAsOpenAi } from './errors.ts';
import { chooseModel, modelRecord } from './models.ts';
import { parseTurn } from './parse-turn.ts';
import { responseRoutes } from './responses/routes.ts';
import { storedCompletion } from './stored-completion.ts';
import { streamChat } from './stream-chat.ts';

const errors = { '4xx': OpenAiError, '5xx': OpenAiError };

/** What OpenAI's SDKs ask of a server, below `/v1`. */
export function openAiRoutes(app: TypedApp, deps: ApiDeps, done: () => void): void {
  answerAsOpenAi(app);
  app.addHook('onRequest', (request, reply, next) => {
    void reply.header('x-request-id', requestId(request));
    next();
  });
  modelRoutes(app, deps);
  responseRoutes(app, deps);
  app.post(
    '/chat/completions',
    {
      schema: { summary: 'Ask an agent package, as OpenAI SDKs ask a model', body: ChatRequest },
      bodyLimit: CHAT_BODY_LIMIT,
    },
    (request, reply) => answerChat(deps, request, request.body, reply),
  );
  app.get(
    '/chat/completions/:id',
    {
      schema: {
        summary: 'Read the answer that was given under an id',
        params: z.object({ id: z.string().max(100) }),
        response: { 200: ChatCompletion, ...errors },
      },
    },
    (request) => storedCompletion(deps, request.params.id, ownerOf(request)),
  );
  done();
}

function modelRoutes(app: TypedApp, { packages }: ApiDeps): void {
  app.get(
    '/models',
    { schema: { summary: 'List the agent packages as models', response: { 200: ModelListReply, ...errors } } },
    async () => ({ object: 'list' as const, data: (await packages()).packages.map(modelRecord) }),
  );
  app.get(
    '/models/*',
    {
      schema: {
        summary: 'Read one of them, also with a provider before its name',
        params: z.object({ '*': z.string() }),
        response: { 200: ModelRecord, ...errors },
      },
    },
    async (request) => {
      const name = request.params['*'];
      const chosen = chooseModel(await packages(), name);
      return { ...modelRecord(chosen.package), ...(chosen.package.name !== name && { id: name }) };
    },
  );
}

async function answerChat(
  deps: ApiDeps,
  request: FastifyRequest,
  body: ChatRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const ignored = ignoredIn(body);
  if (ignored.length > 0) void reply.header('x-agenticore-ignored', ignored.join(', '));
  const turn = await parseTurn(request, body, await deps.packages());
  const { model } = body;
  if (body.stream !== true)
    return completeChat(
      deps,
      { turn, model, earlyHeaders: request.headers['x-agenticore-early-headers'] === '1' },
      reply,
    );
  await streamChat(deps, { turn, model, includeUsage: body.stream_options?.include_usage === true }, reply);
  return reply;
}

/** The caller's own, where it has one that can stand in a header. */
function requestId({ headers }: FastifyRequest): string {
  const own = headers['x-request-id'];
  return typeof own === 'string' && /^[\w.:-]{1,128}$/.test(own) ? own : randomUUID();
}
