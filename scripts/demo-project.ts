import { bash, inOrder } from '../tests/support/model/scripts.ts';
import type { Files } from '../tests/support/sample-repo.ts';
import type { Script } from '../tests/support/model/scripted-model.ts';

/** What the demo asks the agent for. */
export const TASK = 'The test fails. Find out why, fix the code, not the test, and commit.';

export const WRONG = 'for (let i = 1; i < items.length; i++) sum += items[i].price * items[i].count;';
export const RIGHT = 'for (const { price, count } of items) sum += price * count;';

/** A small Node project with one bug and the one test that finds it. */
export const PROJECT: Files = {
  'README.md': '# basket\n\nWhat a basket costs. Test: `node --test`\n',
  'package.json': `${JSON.stringify({ name: 'basket', version: '1.0.0', private: true, type: 'module' }, null, 2)}\n`,
  'total.js': `/** What the items of a basket cost together, in cents. */
export function total(items) {
  let sum = 0;
  ${WRONG}
  return sum;
}
`,
  'total.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { total } from './total.js';

test('every item of the basket counts', () => {
  const basket = [
    { name: 'bread', price: 320, count: 1 },
    { name: 'apple', price: 45, count: 6 },
  ];
  assert.equal(total(basket), 590);
});
`,
};

const TEST = 'node --test --test-reporter=spec';

const fix = inOrder(
  [{ thinking: 'Before I change anything I want to see it fail.' }, ...bash(TEST, 'First I run the test.')],
  [
    { text: 'The total is 270, which is the apples alone: the bread is missing. I look at the loop.' },
    { tool: 'Read', input: { file_path: 'total.js' } },
  ],
  [
    { text: 'The loop starts at 1 and so leaves out the first item. Going over the items needs no index at all.' },
    { tool: 'Edit', input: { file_path: 'total.js', old_string: WRONG, new_string: RIGHT } },
  ],
  bash(TEST, 'Now the same test again.'),
  bash('git commit --all --quiet --message "Count the first item of a basket too" && git log --oneline -1'),
  {
    text: 'Fixed: `total` began its loop at index 1, so the first item of every basket was free. It now goes over all items; the test passes and the fix is committed.',
  },
);

/** The demo's model. It knows the demo's task only, and says so when it is asked for something else. */
export const demoModel: Script = (conversation) => {
  const { task, calls } = conversation;
  if (!task.includes(TASK))
    return {
      text: 'I am a script and know only the task of the demo. To use a real model: npm run demo -- --live',
    };
  const tests = calls.filter(({ input }) => (input as { command?: string }).command === TEST);
  if (tests[1]?.result?.is_error) return { text: 'The test still fails; I leave it at that.' };
  return fix(conversation);
};
