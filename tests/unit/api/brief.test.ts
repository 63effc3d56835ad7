import { expect, test } from '@jest/globals';
import { hashOf } from '../../../api/jobs/brief.ts';

test('a request has one hash, in whatever order it is said; a field that is not said counts for nothing', () => {
  const hash = hashOf({ task: 'x', model: 'opus', repo_url: undefined });
  expect(hashOf({ model: 'opus', task: 'x' })).toBe(hash);
  expect(hashOf({ model: 'sonnet', task: 'x' })).not.toBe(hash);
  expect(hashOf({ model: 'opus', task: 'x', priority: 3 })).not.toBe(hash);
});
