import { z } from 'zod';
import type { ApiDeps } from '../app.ts';
import type { TypedApp } from './typed.ts';

const Health = z.object({ status: z.literal('ok'), service: z.literal('agenticore'), version: z.string() });

/** Whether the process answers; asks nothing of anybody else, so that it is quick whatever happens around it. */
export function healthRoutes(app: TypedApp, { version }: ApiDeps): void {
  app.get('/health', { schema: { summary: 'Whether the server answers', response: { 200: Health } } }, () => ({
    status: 'ok' as const,
    service: 'agenticore' as const,
    version,
  }));
}
