import { afterEach, beforeEach, expect } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bash, inOrder } from '../../support/model/scripts.ts';
import { collect, createPlayground, only, type Playground, runTask } from '../../support/model-agent.ts';
import { withModel } from '../../support/model-server.ts';
import { needs } from '../../support/needs.ts';

let place: Playground;
beforeEach(() => {
  place = createPlayground();
});
afterEach(() => place.remove());

needs('bwrap').each([true, false])(
  'in a sandbox a worktree that is read-only (%s) cannot be written to, whatever tools there are',
  async (readOnly) => {
    await withModel(inOrder(bash('cat seen.txt && touch made.txt'), { text: 'Done.' }), async (model) => {
      // As on a worker, the worktree lies in a folder that is hidden.
      const run = place.run(model.url, { readOnly, hidden: [place.root] });
      writeFileSync(join(run.cwd, 'seen.txt'), 'seen');
      const [result] = only(await collect(runTask(run, new AbortController().signal)), 'tool_result');
      expect(result).toMatchObject({ is_error: readOnly, content: expect.stringContaining('seen') });
      expect(readdirSync(run.cwd).includes('made.txt')).toBe(!readOnly);
    });
  },
);
