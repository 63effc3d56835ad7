import { expect, test } from '@jest/globals';
import { recordPage } from '../../../api/mcp/paging/record.ts';
import { fittingPage, thatFit } from '../../../api/mcp/paging/size.ts';
import { delivered, newJob } from '../../support/records.ts';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

test('a record in which every text is as long as it may be comes in pages that add up to it', () => {
  const text = (length: number): string => '\u001b🙂é'.repeat(length / 4);
  const job = newJob({
    ...delivered(),
    task: text(60_000),
    output: text(50_000),
    error: text(10_000),
    profile_reason: text(2_000),
    warnings: Array.from({ length: 20 }, (_, n) => `${n} ${text(496)}`),
    checks: Array.from({ length: 30 }, () => ({
      phase: 'verify' as const,
      round: 1,
      command: text(160),
      outcome: 'passed' as const,
      exit_code: 0,
      duration_ms: 1,
    })),
  });
  const whole: Record<string, string> = {};
  let pages = 0;
  for (let cursor: string | null = '0'; cursor !== null; pages += 1) {
    const page: ReturnType<typeof recordPage<typeof job>> = recordPage(job, cursor);
    expect(bytes(page)).toBeLessThan(40_000);
    const { task, output, error, warnings, ...rest } = page.record;
    for (const [name, part] of Object.entries({ task, output, error, warnings: warnings[7] }))
      whole[name] = (whole[name] ?? '') + part;
    expect(rest.checks).toEqual(job.checks);
    cursor = page.next_cursor;
    expect(pages).toBeLessThan(50);
  }
  expect(whole).toEqual({ task: job.task, output: job.output, error: job.error, warnings: job.warnings[7] });
});

test('a record that fits is whole, and one page', () => {
  const job = newJob({ ...delivered(), output: 'x'.repeat(30_000) });
  expect(recordPage(job)).toEqual({ record: job, cut: [], next_cursor: null });
});

test('a list is loaded with fewer entries until it fits, down to one', async () => {
  const load = (limit: number): Promise<string[]> => Promise.resolve(Array<string>(limit).fill('x'.repeat(1_000)));
  expect(await fittingPage(10, load)).toHaveLength(10);
  expect((await fittingPage(1_000, load)).length).toBeGreaterThan(30);
  expect(bytes(await fittingPage(1_000, load))).toBeLessThan(40_000);
  expect(await fittingPage(3, (limit) => load(limit * 100))).toHaveLength(100);
  expect(thatFit(Array<string>(5).fill('x'.repeat(30_000)))).toHaveLength(1);
  expect(thatFit(['x'.repeat(90_000), 'y'])).toHaveLength(1);
  expect(thatFit([])).toEqual([]);
});
