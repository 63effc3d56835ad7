import { expect, test } from '@jest/globals';
import { planName, toPlan } from '../../../api/plans/record.ts';
import { newJob } from '../../support/records.ts';

const ID = '6a470012-82d8-48fc-8a47-3e151a6d936c';

test.each([
  ['make a plan', 'make-a-plan-6a4700'],
  ['  Split `src/parser.ts`, please!\nAnd more', 'split-src-parser-ts-please-and-more-6a4700'],
  ['Größe prüfen', 'große-prufen-6a4700'.replace('ß', '-')],
  ['計画', 'plan-6a4700'],
  ['x'.repeat(100), 'plan-6a4700'],
  [`${'word '.repeat(100)}`, `${'word-'.repeat(8)}6a4700`],
])('the plan for %j is called %s', (task, name) => {
  expect(planName(task, ID)).toBe(name);
});

test.each([
  ['queued', 'pending'],
  ['running', 'pending'],
  ['cancelling', 'pending'],
  ['succeeded', 'ready'],
  ['failed', 'failed'],
  ['cancelled', 'failed'],
  ['expired', 'failed'],
] as const)('a plan whose job is %s is %s', (status, expected) => {
  expect(toPlan(newJob({ status }), null).status).toBe(expected);
});

test('the content is what the agent said, and in lists left out', () => {
  const job = newJob({ status: 'succeeded', output: '1. Do it.' });
  expect(toPlan(job, 'x')).toMatchObject({ content: '1. Do it.', execution_job_id: 'x', planning_job_id: job.id });
  expect(toPlan(job, null, true).content).toBeNull();
  expect(toPlan(newJob(), null).content).toBe('');
});
