import { expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { loadConfig } from '../../../config/index.ts';
import { openEvents } from '../../../workers/service.ts';
import { needs } from '../../support/needs.ts';
import { TestRedis } from '../../support/redis.ts';

needs('redis-server')(
  'Redis forgets the events of a job after AGENTICORE_KEEP_EVENTS_DAYS without new ones',
  async () => {
    const server = await TestRedis.start();
    const redis = new Redis(server.url);
    const events = openEvents(loadConfig({ REDIS_URL: server.url, AGENTICORE_KEEP_EVENTS_DAYS: '3' }));
    try {
      await events.append('job', [{ type: 'stage', stage: 'delivering', host: 'here' }]);
      const ttl = await redis.ttl('agenticore:events:job');
      expect(ttl).toBeGreaterThan(2 * 86_400);
      expect(ttl).toBeLessThanOrEqual(3 * 86_400);
    } finally {
      await events.close();
      redis.disconnect();
      await server.stop();
    }
  },
);
