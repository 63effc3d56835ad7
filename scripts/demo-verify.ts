import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bash, inOrder } from '../tests/support/model/scripts.ts';
import type { Script } from '../tests/support/model/scripted-model.ts';
import type { Place } from './demo-place.ts';
import { RIGHT, TASK, WRONG } from './demo-project.ts';

/** The profile of `--verify`, and its name. */
export const PROFILE = 'basket';
export const PROFILE_TEXT = `extends: code
setup:
  - node --version
verify:
  - node --test --test-reporter=spec
`;

export async function writeProfile({ dataDir }: Place): Promise<void> {
  const profiles = join(dataDir, 'profiles');
  await mkdir(profiles, { recursive: true });
  await writeFile(join(profiles, `${PROFILE}.yml`), PROFILE_TEXT);
}

const HASTY = 'for (let i = 0; i <= items.length; i++) sum += items[i].price * items[i].count;';

const edit = (old_string: string, new_string: string) => ({
  tool: 'Edit',
  input: { file_path: 'total.js', old_string, new_string },
});

const commit = (message: string): string => `git commit --all --quiet --message "${message}" && git log --oneline -1`;

const firstTry = [
  [
    { text: 'The test will be about the first item: I look at the loop.' },
    { tool: 'Read', input: { file_path: 'total.js' } },
  ],
  [{ text: 'The loop starts at 1. From 0 to the length it has all items.' }, edit(WRONG, HASTY)],
  bash(commit('Begin with the first item')),
];

const first = inOrder(...firstTry, { text: 'Fixed: the loop now begins with the first item.' });

const second = inOrder(
  // What the first try did counts, too.
  ...firstTry,
  [
    { text: 'It reads one item too many: the last index is the length less 1. Going over the items needs no index.' },
    edit(HASTY, RIGHT),
  ],
  bash(commit('Go over the items without an index')),
  {
    text: 'Fixed: `total` left out the first item of every basket. It now goes over all items, without an index to get wrong.',
  },
);

/** A model whose first try does not pass. It knows the demo's task only. */
export const verifiedModel: Script = (conversation) => {
  const { task, latest } = conversation;
  if (!task.includes(TASK)) return { text: 'I am a script and know only the task of the demo.' };
  return latest === task ? first(conversation) : second(conversation);
};
