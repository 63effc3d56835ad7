import { z } from 'zod';
import { oauthOf } from './exposure-check.ts';
import type { ApiDeps } from '../http/deps.ts';
import { SCOPES } from './caller.ts';
import { METADATA_PATH, resourceOf } from './protected-resource.ts';
import type { TypedApp } from '../http/typed-app.ts';

const Metadata = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  scopes_supported: z.array(z.string()),
  bearer_methods_supported: z.array(z.string()),
  resource_name: z.string(),
});
const schema = {
  summary: 'Tell OAuth clients where to get a token (RFC 9728)',
  security: [],
  response: { 200: Metadata },
};

/** RFC 9728 metadata, where an OAuth issuer is configured. */
export function wellKnownRoutes(app: TypedApp, { config }: ApiDeps): void {
  const oauth = oauthOf(config);
  if (oauth === undefined) return;
  for (const path of ['', '/mcp'])
    app.get(`${METADATA_PATH}${path}`, { schema }, (request) => ({
      resource: resourceOf(request, oauth.audience, path),
      authorization_servers: [oauth.issuer],
      scopes_supported: [...SCOPES],
      bearer_methods_supported: ['header'],
      resource_name: 'agenticore',
    }));
}
