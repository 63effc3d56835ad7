import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.ts';
import { ownerOf } from '../auth/caller.ts';

/** Counts a call for its owner; refuses it with 429 `too_many_requests` when there were `perMinute` in this minute. */
export async function createRateLimit(
  app: FastifyInstance,
  perMinute: number,
): Promise<(request: FastifyRequest) => Promise<void>> {
  await app.register(rateLimit, { global: false, max: perMinute, timeWindow: 60_000, keyGenerator: ownerOf });
  const count = app.createRateLimit();
  return async (request) => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    const { ttlInSeconds } = counted;
    const message = `more than ${perMinute} requests in a minute; try again in ${ttlInSeconds} s`;
    throw new ApiError('too_many_requests', message).withHeaders({ 'retry-after': String(ttlInSeconds) });
  };
}
