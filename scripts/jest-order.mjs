// Jest sequencer: the long tests first, so that the short ones fill the time of all workers up to the end.
import { statSync } from 'node:fs';

const TIERS = ['e2e', 'integration', 'unit'];
/** The files that take longest, in this order. */
const LONG = [
  'e2e/delivery',
  'e2e/worker-loss',
  'e2e/codex-sessions',
  'e2e/session-turns',
  'e2e/worktrees',
  'e2e/load',
  'e2e/retry',
  'e2e/checks',
  'e2e/pull-request',
  'workflows/sessions',
  'mcp/tools',
  'sessions/forks',
];

export default class LongestFirst {
  sort(tests) {
    const key = ({ path, context }) => ({
      long: rankOf(path),
      tier: TIERS.indexOf(context.config.displayName.name),
      size: -statSync(path).size,
    });
    return tests
      .map((test) => ({ test, key: key(test) }))
      .sort(({ key: a }, { key: b }) => a.long - b.long || a.tier - b.tier || a.size - b.size)
      .map(({ test }) => test);
  }

  // The rest of what jest asks of a sequencer.
  shard(tests) {
    return tests;
  }
  allFailedTests(tests) {
    return tests;
  }
  cacheResults() {}
}

function rankOf(path) {
  const rank = LONG.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return rank === -1 ? LONG.length : rank;
}
