import { z } from 'zod';
import { AuditReply } from '../../contract/http/audit.ts';
import { JobId } from '../../contract/http/job-request.ts';
import { ownerOf } from '../auth/caller.ts';
import { checkDisk, type EventSource } from '../events/source.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';
import { SessionParams } from '../sessions/routes.ts';
import { eventSource } from '../sessions/session-events.ts';
import { audit, type AuditSubject } from './audit.ts';

const response = { 200: AuditReply, ...errors };
const summary = 'Compare what was streamed, the transcript of the agent and the event log';

/** Whether all places that tell what an agent has said tell the same. */
export function auditRoutes(app: TypedApp, deps: ApiDeps): void {
  app.get('/sessions/:id/audit', { schema: { summary, params: SessionParams, response } }, async (request) => {
    const session = await deps.sessions.reader.owned(request.params.id, ownerOf(request));
    const { request: asked, session: state } = session.memo;
    const subject = { agentSession: state?.agent_session ?? null, hasPrefix: asked.spec.fork !== undefined };
    return auditOf(deps, eventSource(session), subject);
  });

  app.get('/jobs/:id/audit', { schema: { summary, params: z.object({ id: JobId }), response } }, async (request) => {
    const job = await deps.jobs.reader.get(request.params.id, ownerOf(request));
    const hasPrefix = job.mode === 'stateful' || job.retry_of !== null;
    return auditOf(deps, job, { agentSession: job.session_id, hasPrefix });
  });
}

/** Throws `events_on_other_host` and `transcript_on_other_host`. */
async function auditOf(
  { surfaces, disk }: ApiDeps,
  source: EventSource,
  subject: Pick<AuditSubject, 'agentSession' | 'hasPrefix'>,
): Promise<AuditReply> {
  checkDisk(source, disk, 'events');
  checkDisk(source, surfaces.store.isShared ? null : surfaces.disk, 'transcript');
  return { success: true, ...(await audit(surfaces, { id: source.id, disk: source.disk, ...subject })) };
}
