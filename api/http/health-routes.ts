import { HealthReply } from '../../contract/http/replies.ts';
import type { ApiDeps } from './deps.ts';
import type { TypedApp } from './typed-app.ts';

const schema = { summary: 'Check that the server answers', security: [], response: { 200: HealthReply } };

/** Whether the process answers; asks nothing of anybody else, so that it is quick whatever happens around it. */
export function healthRoutes(app: TypedApp, { version, uiUrl }: ApiDeps): void {
  const reply: HealthReply = { status: 'ok', service: 'agenticore', version, ui_url: uiUrl };
  app.get('/health', { schema }, () => reply);
}
