import { expect, test } from '@jest/globals';
import type { JobProgress } from '../../../contract/workflow/job-progress.ts';
import { bounded, recordedWith } from '../../../workflows/memo-limits.ts';

const numbers = Array.from({ length: 100 }, (_, index) => String(index));
const shas = numbers.map((number) => number.padStart(40, '0'));
const progress: JobProgress = {
  stage: 'running_agent',
  attempt: 1,
  hosts: [],
  resumed: false,
  disk: 'disk',
  base_ref: 'main',
  base_sha: null,
  branch: null,
  sha: null,
  diff: null,
  pr_url: null,
  recorded: [],
  session_id: null,
  started_at: null,
  waiting_until: null,
  worktree_path: null,
  usage: null,
  cost_usd: null,
  num_turns: null,
  checks: [],
  warnings: [],
  error: null,
};

test('the record of a job with a hundred hosts and long warnings stays small', () => {
  const hosts = numbers.map((number) => `${'h'.repeat(60)}-${number}`);
  const warnings = numbers.map((number) => number + 'w'.repeat(2_000));
  const recorded = shas.reduce<string[]>(recordedWith, []);
  const kept = bounded({ ...progress, hosts, warnings, recorded });
  expect(JSON.stringify(kept).length).toBeLessThan(16 * 1_024);
  expect(kept.hosts.at(-1)).toBe(hosts.at(-1));
  expect(kept.recorded.at(-1)).toBe(shas.at(-1));
});

test('a warning that is given on each host stands there once, and the others in their order', () => {
  expect(bounded({ ...progress, warnings: ['one', 'two', 'one'] }).warnings).toEqual(['one', 'two']);
});

test('a commit that is recorded again is known once, as the last', () => {
  expect(recordedWith(['a', 'b'], 'a')).toEqual(['b', 'a']);
});
