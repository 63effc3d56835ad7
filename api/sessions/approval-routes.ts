import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  ApprovalId,
  ApprovalListReply,
  ApprovalQuery,
  ApprovalReply,
  DecidedReply,
  DecisionBody,
} from '../../contract/http/approval.ts';
import { CLI_AGENT } from '../../contract/http/terms.ts';
import { ErrorReply } from '../../contract/http/replies.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';
import type { Decider } from './approvals.ts';

/** Reading and deciding the approvals that agents wait for. */
export function approvalRoutes(app: TypedApp, { sessions }: ApiDeps): void {
  app.get(
    '/approvals',
    {
      schema: {
        summary: 'List the approvals of open sessions, or of one session',
        querystring: ApprovalQuery,
        response: { 200: ApprovalListReply, ...errors },
      },
    },
    async (request) => ({
      success: true as const,
      ...(await sessions.approvals.list(ownerOf(request), request.query)),
    }),
  );

  app.post(
    '/approvals/:id',
    {
      schema: {
        summary: 'Decide an approval; the first decision stands',
        params: z.object({ id: ApprovalId }),
        body: DecisionBody,
        response: { 200: ApprovalReply, 409: z.union([DecidedReply, ErrorReply]), ...errors },
      },
    },
    async (request) => {
      const decider = { owner: ownerOf(request), via: viaOf(request) };
      return {
        success: true as const,
        approval: await sessions.approvals.decide(request.params.id, request.body, decider),
      };
    },
  );
}

/** Our own command line names itself. */
const viaOf = ({ headers }: FastifyRequest): Decider['via'] => (headers['user-agent'] === CLI_AGENT ? 'cli' : 'rest');
