import { z } from 'zod';
import { HealthReply } from '../../contract/http/replies.ts';
import { SCOPES } from '../auth/caller.ts';
import { oauthOf } from '../auth/exposure-check.ts';
import { METADATA_PATH, resourceOf } from '../auth/protected-resource.ts';
import type { ApiDeps } from './deps.ts';
import type { TypedApp } from './typed-app.ts';

const health = { summary: 'Check that the server answers', security: [], response: { 200: HealthReply } };

const Metadata = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  scopes_supported: z.array(z.string()),
  bearer_methods_supported: z.array(z.string()),
  resource_name: z.string(),
});
const metadata = {
  summary: 'Tell OAuth clients where to get a token (RFC 9728)',
  security: [],
  response: { 200: Metadata },
};

/** Routes that need no key: the health check, which depends on no other service, and where to get a token. */
export function publicRoutes(app: TypedApp, { config, version, uiUrl, problems, packages }: ApiDeps): void {
  app.get('/health', { schema: health }, async (): Promise<HealthReply> => {
    const found = problems();
    const status = found.length === 0 ? 'ok' : 'degraded';
    const [first] = config.agentMode ? (await packages()).packages : [];
    return {
      ...{ status, service: 'agenticore', version, ui_url: uiUrl, problems: found },
      ...(config.agentMode && { agent_mode: true }),
      ...(first !== undefined && { package_dir: first.dir, default_model: first.name }),
    };
  });
  const oauth = oauthOf(config);
  if (oauth === undefined) return;
  for (const path of ['', '/mcp'])
    app.get(`${METADATA_PATH}${path}`, { schema: metadata }, (request) => ({
      resource: resourceOf(request, oauth.audience, path),
      authorization_servers: [oauth.issuer],
      scopes_supported: [...SCOPES],
      bearer_methods_supported: ['header'],
      resource_name: 'agenticore',
    }));
}
