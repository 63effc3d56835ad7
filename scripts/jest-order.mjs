// Jest sequencer: the long tests first, so that the short ones fill the time of all workers up to the end.
import { statSync } from 'node:fs';

const TIERS = ['e2e', 'integration', 'unit'];
/** Files that take much longer than their size tells. */
const LONG = ['worker-loss', 'load', 'mcp/tools', 'partition'];

export default class LongestFirst {
  sort(tests) {
    const key = ({ path, context }) => ({
      long: LONG.some((name) => path.endsWith(`${name}.test.ts`)) ? 0 : 1,
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
