import { expect, test } from '@jest/globals';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from '../../../cli/output/width.ts';
import { frame, KEYS, snapshot, type Look } from '../../../cli/top/frame.ts';
import { sectionsOf } from '../../../cli/top/items.ts';
import { Selection } from '../../../cli/top/selection.ts';
import type { OverviewReply } from '../../../contract/http/overview.ts';
import { newJob } from '../../support/records.ts';

const NOW = Date.parse('2026-03-04T10:00:00Z');
const wide = 'テストを直す'.repeat(30);
const job = (number: number, task = wide): OverviewReply['jobs'][number] => ({
  ...newJob({ id: `${number}`.padStart(8, '0'), task, status: 'running', stage: 'running_agent' }),
  created_at: '2026-03-04T09:59:00Z',
  doing: { at: '', what: 'tool', tool: 'Bash', words: `\u001b[2J${wide}` },
});
const overview = (jobs: OverviewReply['jobs']): OverviewReply => ({
  success: true,
  at: '2026-03-04T10:00:00Z',
  hosts: Array.from({ length: 9 }, (_, i) => ({
    worker_id: `host-${i}`,
    last_seen_at: null,
    seats_taken: 1,
    seats_limit: 4,
  })),
  queue_counts: { queued_count: 2, running_count: 1 },
  jobs,
  sessions: [],
  approvals: [],
});
const look = (fields: Partial<Look> = {}): Look => ({
  ...{ overview: overview([job(1), job(2)]), url: 'http://x', filter: '', selected: undefined },
  ...{ footer: KEYS, trouble: '', now: NOW, ...fields },
});
const clean = (lines: readonly string[]): string[] => lines.map((line) => stripVTControlCharacters(line));

test.each([
  [40, 12],
  [80, 24],
  [200, 50],
])(
  'at %d columns and %d rows no line is wider and no row is left over, with wide and control characters',
  (columns, rows) => {
    const lines = frame(look(), columns, rows);
    expect(lines).toHaveLength(rows);
    expect(Math.max(...clean(lines).map(textWidth))).toBeLessThanOrEqual(columns);
    expect(clean(lines).join('')).not.toMatch(/[\u0000-\u001f]/);
  },
);

test('the chosen line is in sight, however many there are', () => {
  const many = overview(Array.from({ length: 200 }, (_, i) => job(i, `task ${i}`)));
  const lines = clean(frame(look({ overview: many, selected: '00000150' }), 80, 24));
  expect(lines.find((line) => line.startsWith('›'))).toContain('00000150');
});

test('only what the filter is found in is shown, and nothing is told as such', () => {
  const two = overview([job(1, 'parser'), job(2, 'lexer')]);
  expect(sectionsOf(two, 'LEX', NOW).flatMap(({ items }) => items.map(({ key }) => key))).toEqual(['00000002']);
  expect(clean(snapshot(look({ overview: overview([]) }), 80)).at(-1)).toBe('  Nothing runs and nothing waits.');
});

test('a choice whose line has gone chooses nothing until it is moved, so that no key acts on what came into its place', () => {
  const items = (...keys: number[]) =>
    sectionsOf(overview(keys.map((key) => job(key))), '', NOW).flatMap((each) => each.items);
  const selection = new Selection();
  selection.move(items(1, 2, 3), 0);
  selection.move(items(1, 2, 3), 1);
  expect(selection.key).toBe('00000002');
  expect(selection.of(items(1, 3))).toBeUndefined();
  selection.move(items(1, 3), 1);
  expect(selection.key).toBe('00000003');
});
