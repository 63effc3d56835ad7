import websocket from '@fastify/websocket';
import fastify, { LogController, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { authenticate } from '../auth/authenticate.ts';
import type { ApiDeps } from './deps.ts';
import { addDocs } from './docs-page.ts';
import { allowOrigins } from './cross-origin.ts';
import { answerClientError, answerError, answerErrors } from './error-handler.ts';
import { guard } from './host-check.ts';
import { readJson } from './json-body.ts';
import { metricsRoute } from './metrics.ts';
import { nameSubjects, traceRequests } from './request-spans.ts';
import { lingerOnClose } from './lingering-close.ts';
import { ownSessionRoutes } from '../mcp/own-session.ts';
import { mcpRoutes } from '../mcp/routes.ts';
import { auditRoutes } from '../audit/routes.ts';
import { completionRoutes } from '../completions/routes.ts';
import { eventRoutes } from '../events/routes.ts';
import { openAiRoutes } from '../openai/routes.ts';
import { statsRoutes } from '../stats/routes.ts';
import { overviewRoutes } from '../overview/routes.ts';
import { pageRoutes } from '../openai/page/routes.ts';
import { publicRoutes } from './public-routes.ts';
import { jobRoutes } from '../jobs/routes.ts';
import { artifactRoutes } from '../jobs/artifact-routes.ts';
import { planRoutes } from '../plans/routes.ts';
import { profileRoutes } from '../profiles/routes.ts';
import { syncRoute } from '../profiles/sync-route.ts';
import { approvalRoutes } from '../sessions/approval-routes.ts';
import { sessionEventRoutes } from '../sessions/event-routes.ts';
import { forkRoute } from '../sessions/fork-route.ts';
import { sessionRoutes } from '../sessions/routes.ts';
import { familyRoutes } from '../sessions/family-routes.ts';
import { runRoutes } from '../sessions/run-routes.ts';
import { streamRoute } from '../sessions/stream-route.ts';
import { otlpRoutes } from '../telemetry/otlp-routes.ts';
import { usageRoutes } from '../usage/routes.ts';
import { worktreeRoutes } from '../worktrees/routes.ts';

const JOBS = [jobRoutes, planRoutes, worktreeRoutes, eventRoutes, artifactRoutes, profileRoutes, syncRoute];
const SESSIONS = [sessionRoutes, forkRoute, runRoutes, familyRoutes, sessionEventRoutes, approvalRoutes, streamRoute];
const READINGS = [auditRoutes, overviewRoutes, statsRoutes, usageRoutes];
const ROUTES = [publicRoutes, ...JOBS, ...SESSIONS, completionRoutes, ...READINGS];

/** Largest body in bytes: a task of 256 KiB with every character escaped still fits. */
const BODY_LIMIT = 2 * 1024 * 1024;

/** Largest message that a WebSocket takes (bytes): it is for reading only. */
const MAX_FRAME = 1_024;

/** How long a request may take to come, its headers alone, and how often that is looked at (milliseconds). */
const REQUEST_MS = 30_000;
const HEADERS_MS = 15_000;
const CHECK_MS = 5_000;

/** The API without a port: what it is, not how it listens. */
export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.log,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: CHECK_MS },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser('text/plain');
  // First: it closes the connections of those that are refused by what comes after it.
  await app.register(websocket, { options: { maxPayload: MAX_FRAME } });
  readJson(app);
  lingerOnClose(app);
  guard(app, deps.config);
  await allowOrigins(app, deps.config.allowedOrigins);
  traceRequests(app);
  nameSubjects(app);
  await authenticate(app, deps.config);
  answerErrors(app);
  metricsRoute(app.withTypeProvider<ZodTypeProvider>(), deps);
  await addDocs(app, deps.version);
  await app.register(restRoutes, deps);
  await app.register((v1, _, done) => openAiRoutes(v1.withTypeProvider<ZodTypeProvider>(), deps, done), {
    prefix: '/v1',
  });
  await app.register(otlpRoutes, deps);
  pageRoutes(app, deps);
  await app.register(mcpRoutes, deps);
  await app.register(ownSessionRoutes, deps);
  return app;
}

function restRoutes(app: FastifyInstance, deps: ApiDeps, done: () => void): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  for (const register of ROUTES) register(typed, deps);
  done();
}
