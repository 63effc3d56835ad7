import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';

/** Swagger UI runs the server's own scripts and sends requests to this server; nothing is loaded from elsewhere. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Whether a request is for the page or for what the page loads. */
export const isDocs = ({ routeOptions: { url = '' } }: FastifyRequest): boolean =>
  url === '/docs' || url.startsWith('/docs/');

/**
 * Describes the routes that are added to `app` later: as OpenAPI at `/openapi.json`, and at `/docs/` as a page on which
 * one can call them with a key. Every address in the page is relative, so that it works behind a proxy with a path
 * prefix.
 */
export async function addDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'agenticore',
        version,
        description: 'Coding agents as durable workflows.',
        license: { name: 'MIT' },
      },
      components: {
        securitySchemes: {
          api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
      // Without keys the server asks for none.
      security: [{}, { api_key: [] }, { bearer: [] }],
    },
    transform: jsonSchemaTransform,
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // Relative addresses need the slash.
    uiHooks: {
      onRequest: (request, reply, done) => void (request.url === '/docs' ? reply.redirect('docs/') : done()),
    },
    staticCSP: DOCS_POLICY,
    theme: { title: 'agenticore API' },
    uiConfig: { layout: 'BaseLayout', tryItOutEnabled: true },
    // `..` from /docs/json is the root of the API, whatever prefix a proxy has put before it.
    transformSpecification: (document) => ({ ...document, servers: [{ url: '..', description: 'This server' }] }),
    transformSpecificationClone: false,
  });
}
