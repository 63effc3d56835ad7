import { Client, Connection } from '@temporalio/client';
import { afterAll, expect, test } from '@jest/globals';
import type { FastifyError } from 'fastify';
import { describeError } from '../../../api/http/error-reply.ts';
import { Failure } from '../../../contract/shared/failures.ts';

// Nothing listens on port 1.
const connection = Connection.lazy({ address: '127.0.0.1:1' });
afterAll(() => connection.close());

/** What `work` fails of. */
const failureOf = (work: Promise<unknown>): Promise<FastifyError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as FastifyError,
  );

test('a Temporal that does not answer is 503 engine_unavailable, whatever is asked of it', async () => {
  const { workflow } = new Client({ connection });
  const soon = (work: () => Promise<unknown>): Promise<FastifyError> =>
    failureOf(connection.withDeadline(Date.now() + 300, work));
  for (const error of [await soon(() => workflow.getHandle('x').describe()), await soon(() => workflow.count())])
    expect(describeError(error)).toMatchObject({ statusCode: 503, code: 'engine_unavailable' });
});

test('an error from the inside is 500 and tells nothing of itself', () => {
  const error = new Error('password hunter2 in /srv/secret.ts') as FastifyError;
  const described = describeError(error);
  expect(described).toMatchObject({ statusCode: 500, code: 'internal' });
  expect(JSON.stringify(described)).not.toMatch(/hunter2|secret/);
});

test('a failure of ours is told with its code, its sentence and what to do', () => {
  expect(describeError(new Failure('profile_not_found', 'There is no profile x.'))).toEqual({
    statusCode: 400,
    code: 'profile_not_found',
    error: 'There is no profile x.',
    next_step: 'Choose one of `GET /profiles`.',
  });
});
