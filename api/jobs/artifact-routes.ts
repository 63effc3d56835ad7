import { z } from 'zod';
import { JobId } from '../../contract/http/job-request.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { openTranscript, readDiff } from './artifacts.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';

const params = z.object({ id: JobId });

/** A text that is sent as a stream or as bytes. */
const fileBody = (description: string): z.ZodType => z.string().describe(description);

/** What stays of a job in files: the agent's transcript and the text of the diff. */
export function artifactRoutes(app: TypedApp, { jobs, artifacts }: ApiDeps): void {
  app.get(
    '/jobs/:id/transcript',
    {
      schema: {
        summary: "Read the agent's transcript, as JSON lines",
        params,
        produces: ['application/jsonl'],
        response: { 200: fileBody('JSON lines as the agent wrote them.'), ...errors },
      },
    },
    async (request, reply) => {
      const job = await jobs.reader.get(request.params.id, ownerOf(request));
      const transcript = await openTranscript(artifacts, job);
      return reply.type('application/jsonl; charset=utf-8').send(transcript);
    },
  );

  app.get(
    '/jobs/:id/diff',
    {
      schema: {
        summary: 'Read the pushed change of a job as a unified diff',
        params,
        produces: ['text/x-diff'],
        response: {
          200: fileBody('Cut at 1 MiB; then the header x-agenticore-diff-cut is true.'),
          ...errors,
        },
      },
    },
    async (request, reply) => {
      const { text, cut } = await readDiff(artifacts, await jobs.reader.get(request.params.id, ownerOf(request)));
      if (cut) void reply.header('x-agenticore-diff-cut', 'true');
      return reply.type('text/x-diff; charset=utf-8').send(text);
    },
  );
}
