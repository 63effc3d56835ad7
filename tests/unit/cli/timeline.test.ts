import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from '../../../cli/output/width.ts';
import { Timeline } from '../../../cli/timeline/timeline.ts';
import { timelineLines } from '../../../cli/timeline/timeline-lines.ts';
import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';
import { runCli } from '../../support/cli.ts';
import { FakeApi } from '../../support/fake-api.ts';
import { delivered } from '../../support/records.ts';

const START = new Date('2026-03-04T10:00:00').getTime();
const at = (second: number): string => new Date(START + second * 1_000).toISOString();
const usage = { input_tokens: 9, output_tokens: 20, cache_read_tokens: 0, cache_creation_tokens: 0 };

/** A job with a retry, a lost host, a pause and a second round of verify. */
const LIFE: readonly (readonly [number, StreamEvent])[] = [
  [5, { type: 'stage', stage: 'updating_mirror', host: 'host-a' }],
  [
    6,
    {
      type: 'retrying',
      stage: 'updating_mirror',
      code: 'remote_unavailable',
      reason: 'the remote hangs',
      attempt: 2,
      tries_left: 3,
      next_at: at(7),
      until: null,
    },
  ],
  [8, { type: 'stage', stage: 'updating_mirror', host: 'host-a' }],
  [10, { type: 'stage', stage: 'running_agent', host: 'host-a' }],
  [11, { type: 'started', session_id: 's1', model: 'opus', resumed: false, tools: [], version: '1' }],
  [20, { type: 'tool_use', id: '1', name: 'Bash', input: { command: 'ls' }, parent_id: null }],
  [50, { type: 'stage', stage: 'running_agent', host: 'host-b' }],
  [51, { type: 'retrying', reason: 'overloaded', attempt: 1 }],
  [52, { type: 'retrying', reason: 'overloaded', attempt: 2 }],
  [60, { type: 'waiting', reason: 'the limit is reached', until: at(300) }],
  [301, { type: 'stage', stage: 'running_agent', host: 'host-c' }],
  [302, { type: 'tool_use', id: '2', name: 'Read', input: {}, parent_id: null }],
  [303, { type: 'tool_use', id: '3', name: 'Bash', input: {}, parent_id: null }],
  [304, { type: 'tool_result', id: '3', is_error: true, content: 'no', truncated_bytes: 0 }],
  [305, { type: 'tool_use', id: '4', name: 'Bash', input: {}, parent_id: null }],
  [
    310,
    {
      type: 'run_ended',
      result: { status: 'succeeded', session_id: 's1', text: '', usage, cost_usd: 0.5, num_turns: 3 },
    },
  ],
  [311, { type: 'stage', stage: 'verifying', host: 'host-c' }],
  [
    312,
    {
      type: 'command_ended',
      phase: 'verify',
      round: 2,
      command: 'npm test',
      outcome: 'failed',
      exit_code: 1,
      duration_ms: 900,
    },
  ],
  [315, { type: 'ended', status: 'failed', code: 'verify_failed' }],
];

function lived(events = LIFE): Timeline {
  const timeline = new Timeline(at(0));
  events.forEach(([second, event], i) => timeline.add({ seq: i + 1, at: at(second), run: 1, event }));
  return timeline;
}

const linesOf = (timeline: Timeline, width = 200, now = 0): string[] =>
  timelineLines(timeline, width, START + now * 1_000).map((line) => stripVTControlCharacters(line));

test('a timeline tells stages, retries, lost hosts, pauses, tools and checks, each with its time and duration', () => {
  expect(linesOf(lived()).join('\n')).toBe(
    `
  2026-03-04
  10:00:00       5 s  waiting for a seat
  10:00:05       5 s  updating the mirror of the repository on host-a
                      try 2 after remote_unavailable: the remote hangs
  10:00:10      10 s  running the agent on host-a
                      opus starts session s1
                      tools: Bash 1
  10:00:20      30 s  the host host-a was lost, waiting for another seat
  10:00:50      10 s  running the agent on host-b
                      asks the model again (2): overloaded
  10:01:00     4m 1s  waiting until 2026-03-04 10:05:00
                      the limit is reached
  10:05:01      10 s  running the agent on host-c
                      the agent has finished: 3 turns, 20 tokens out, $0.50
                      tools: Bash 2, Read 1 (1 failed)
  10:05:11       4 s  running verify on host-c
                      verify (2): npm test, failed with exit code 1, 0.9 s`.slice(1),
  );
});

test('what a job does now lasts until now', () => {
  expect(linesOf(lived(LIFE.slice(0, 1)), 80, 65).at(-1)).toBe(
    '  10:00:05    ›1m 0s  updating the mirror of the repository on host-a',
  );
});

test.each([40, 80, 200])('no line is wider than %d columns, with wide characters and control characters', (width) => {
  const wide = 'テストを直す'.repeat(20);
  const timeline = lived([
    [1, { type: 'stage', stage: 'running_agent', host: wide }],
    [2, { type: 'warning', message: `\u001b[2J${wide}\nmore` }],
    [3, { type: 'tool_use', id: '1', name: wide, input: {}, parent_id: null }],
  ]);
  const lines = linesOf(timeline, width, 9);
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
  expect(lines.join('')).not.toMatch(/[\u0000-\u001f]/);
});

describe('agenticore job', () => {
  let api: FakeApi;
  beforeEach(async () => (api = await FakeApi.start()));
  afterEach(() => api.stop());

  test('shows the timeline between what was asked and what came of it', async () => {
    const job = api.add({ ...delivered(), pr_url: 'https://github.com/o/r/pull/1' });
    await api.log.append(
      job.id,
      LIFE.map(([, event]) => event),
    );
    const { stdout } = await runCli(api.url, ['job', job.id]);
    expect(stdout).toMatch(/task .*\n[^]*waiting for a seat\n[^]*tools: Bash 2, Read 1[^]*cost .*\$0\.42[^]*pull\/1/);
  });

  test('tells why events cannot be read, and all that the record says', async () => {
    const job = api.add(delivered());
    api.refuse = (line) =>
      line.includes('/events') ? { status: 409, code: 'events_on_other_host', error: 'they are on host-z' } : undefined;
    const { stdout, code } = await runCli(api.url, ['job', job.id]);
    expect(stdout).toContain('its events cannot be read: they are on host-z');
    expect(stdout).toContain('$0.42');
    expect(code).toBe(0);
  });
});
