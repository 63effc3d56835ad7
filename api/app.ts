import swagger from '@fastify/swagger';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { EventLog } from '../events/event-log.ts';
import { handleErrors } from './errors.ts';
import { guard } from './guard.ts';
import type { Jobs } from './jobs.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { profileRoutes } from './routes/profiles.ts';

/** Largest body in bytes: a task of 256 KiB with every character escaped still fits. */
const BODY_LIMIT = 2 * 1024 * 1024;

/** What the routes work with. */
export interface ApiDeps {
  config: Config;
  version: string;
  jobs: Jobs;
  events: EventLog;
  /** Identity of this data directory; null where the event log is shared by all hosts. */
  disk: string | null;
  log: Logger;
}

/** The API without a port: what it is, not how it listens. */
export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    disableRequestLogging: true,
    forceCloseConnections: true,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser('text/plain');
  guard(app, deps.config);
  handleErrors(app);
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'agenticore',
        version: deps.version,
        description: 'Coding agents as durable workflows.',
        license: { name: 'MIT' },
      },
    },
    transform: jsonSchemaTransform,
  });
  await app.register((routes, _options, done) => {
    const typed = routes.withTypeProvider<ZodTypeProvider>();
    healthRoutes(typed, deps);
    jobRoutes(typed, deps);
    eventRoutes(typed, deps);
    profileRoutes(typed, deps);
    done();
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  return app;
}
