import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Headers of replies that a page may read. */
const READABLE = [
  ...['x-request-id', 'x-agenticore-session-id', 'x-agenticore-run-id', 'x-agenticore-conversation-tier'],
  ...['x-agenticore-ignored', 'x-should-retry', 'retry-after'],
];

/** Lets pages of `origins` read what the API replies; every other page was refused before. */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, { origin: [...origins], exposedHeaders: READABLE, maxAge: 600 });
}
