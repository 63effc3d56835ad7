import { expect, test } from '@jest/globals';
import { inSpan, ourTracer } from '../../../telemetry/in-span.ts';
import { createLogger, subjectOf } from '../../../workers/logger.ts';
import { spansOfProcess } from '../../support/told-spans.ts';

/** A log that is kept. */
function kept() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: createLogger({ logLevel: 'info' }, { write }), lines };
}

test('a line that is written in a span names its trace, also deep below, and one outside names none', async () => {
  const { log, lines } = kept();
  const spans = spansOfProcess();
  log.info('before');
  await ourTracer().startActiveSpan('step', async (span) => {
    await inSpan('git', {}, async () => Promise.resolve(log.child({ part: 'git' }).info('within')));
    span.end();
  });
  const [told] = await spans.ended();
  expect(lines.map(({ msg, trace_id }) => [msg, trace_id])).toEqual([
    ['before', undefined],
    ['within', told?.traceId],
  ]);
});

test('fields with secrets are not written, in a span neither', async () => {
  const { log, lines } = kept();
  const spans = spansOfProcess();
  ourTracer().startActiveSpan('step', (span) => {
    log.info({ headers: { authorization: 'Bearer canary' }, config: { apiKey: 'canary', port: 1 } }, 'a request');
    span.end();
  });
  await spans.ended();
  expect(JSON.stringify(lines)).not.toContain('canary');
  expect(lines[0]).toMatchObject({ config: { port: 1 }, trace_id: expect.any(String) });
});

test.each([
  ['job', 'a', { job: 'a' }],
  ['plan', 'a', { job: 'a' }],
  ['session', 'a', { session: 'a' }],
  ['worktree', 'a', { worktree: 'a' }],
  [
    'run',
    '11111111-1111-4111-8111-111111111111.2',
    { run: '11111111-1111-4111-8111-111111111111.2', session: '11111111-1111-4111-8111-111111111111' },
  ],
])('a line of the workflow of a %s names it', (type, id, fields) => {
  expect(subjectOf(type, id)).toEqual(fields);
});
