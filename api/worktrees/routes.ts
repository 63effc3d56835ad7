import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import {
  CleanupBody,
  CleanupReply,
  PrepareBody,
  RemoveQuery,
  WorktreeId,
  WorktreeListReply,
  WorktreeQuery,
  WorktreeReply,
  type WorktreeRecord,
} from '../../contract/http/worktree.ts';
import type { ApiDeps } from '../http/deps.ts';
import { ownerOf } from '../auth/caller.ts';
import { cleanupReply } from './cleanup.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';
import { whileWaiting } from '../jobs/wait.ts';

const params = z.object({ id: WorktreeId });
const either = { 200: WorktreeReply, 202: WorktreeReply, ...errors };

/** Preparing, reading and removing worktrees. */
export function worktreeRoutes(app: TypedApp, { worktrees }: ApiDeps): void {
  app.post(
    '/worktrees',
    { schema: { summary: 'Prepare a worktree for later jobs', body: PrepareBody, response: either } },
    async (request, reply) => {
      const { wait, wait_timeout_s, ...body } = request.body;
      const owner = ownerOf(request);
      const begun = await worktrees.prepare(body, owner);
      void reply.header('location', `/worktrees/${begun.id}`);
      const signal = whileWaiting(reply, wait_timeout_s);
      return send(reply, wait ? await worktrees.prepared(begun.id, owner, signal) : begun);
    },
  );

  app.get(
    '/worktrees',
    {
      schema: {
        summary: 'List prepared worktrees',
        querystring: WorktreeQuery,
        response: { 200: WorktreeListReply, ...errors },
      },
    },
    async (request) => ({ success: true as const, ...(await worktrees.list(ownerOf(request), request.query)) }),
  );

  app.get(
    '/worktrees/:id',
    { schema: { summary: 'Read a worktree', params, response: { 200: WorktreeReply, ...errors } } },
    async (request) => found(await worktrees.get(request.params.id, ownerOf(request))),
  );

  app.delete(
    '/worktrees/:id',
    {
      schema: {
        summary: 'Remove a worktree, unless it holds undelivered work',
        params,
        querystring: RemoveQuery,
        response: either,
      },
    },
    async (request, reply) =>
      send(reply, await worktrees.remove(request.params.id, ownerOf(request), request.query.force)),
  );

  app.post(
    '/worktrees/cleanup',
    {
      schema: {
        summary: 'Remove worktrees by id, path or age, except those with undelivered work',
        body: CleanupBody,
        response: { 200: CleanupReply, ...errors },
      },
    },
    async (request) => ({
      success: true as const,
      ...(await cleanupReply(worktrees, request.body, ownerOf(request))),
    }),
  );
}

const found = (worktree: WorktreeRecord): { success: true; worktree: WorktreeRecord } => ({ success: true, worktree });

/** 202 while something is still under way. */
async function send(reply: FastifyReply, worktree: WorktreeRecord): Promise<FastifyReply> {
  const underWay = worktree.status === 'preparing' || worktree.status === 'removing';
  return reply.code(underWay ? 202 : 200).send(found(worktree));
}
