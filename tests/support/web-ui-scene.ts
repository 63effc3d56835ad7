import { call, jobUntil, runJob, submit } from './product.ts';
import { createForgeWorld, type ForgeWorld } from './forge-world.ts';
import { gate } from './model-server.ts';
import { bash, inOrder } from './model/scripts.ts';
import type { Script } from './model/scripted-model.ts';
import { answered, createSession, pendingApprovals, say } from './sessions.ts';
import { writeProfile } from './world.ts';

/** What there is to see in the Web UI, by the id of its workflow. */
export interface Scene {
  world: ForgeWorld;
  /** Address of the API. */
  url: string;
  running: string;
  failed: string;
  finished: string;
  session: string;
  run: string;
  child: string;
}

const FIX = 'echo "export const total = (items) => items.length;" > total.js';
const COMMIT = 'git add -A && git commit --quiet --message "Count every item of a basket"';

const VERIFIED = `extends: code
setup:
  - node --version
verify:
  - node --check total.js
  - test -s total.test.js
`;

/** Answers the tasks of this scene; `hold` keeps the agent of the running job at work. */
const model =
  (hold: Promise<void>): Script =>
  async (conversation) => {
    const { task, latest, calls } = conversation;
    if (latest.includes('Review')) return { text: 'The parser is fine; one test is missing.' };
    if (latest.includes('What is')) return { text: 'The tests must pass; then the package is published.' };
    if (latest.includes('Publish')) return bash('npm publish --dry-run', 'I publish it.');
    if (task.includes('dark mode') && calls.length > 1) await hold;
    const slow = 'npm test -- --watchAll=false || true; tail -f /dev/null';
    if (task.includes('dark mode'))
      return inOrder(
        bash('ls', 'I look around.'),
        bash('git log --oneline', 'What was done before?'),
        bash(slow),
      )(conversation);
    const words = 'Fixed: the loop left out the first item of every basket. It now counts all items.';
    return inOrder(bash('cat README.md', 'I look at it.'), bash(FIX, 'I write it.'), bash(COMMIT), { text: words })(
      conversation,
    );
  };

/** Starts a product of its own and has it do what is to be seen. */
export async function playScene(): Promise<Scene> {
  const held = gate();
  const files = { 'README.md': '# shop\n', 'package.json': '{"name":"shop"}\n' };
  const world = await createForgeWorld('github', { embedded: true, script: model(held.opened), files });
  try {
    await writeProfile(world, 'checked', VERIFIED);
    const { url } = await world.start('serve');
    const ends = (request: object) => runJob(() => url, { repo_url: world.url(), ...request });
    const finished = await ends({ task: 'The total of a basket is wrong: find out why and fix it.' });
    const failed = await ends({ task: 'Add the shipping costs to the total, and test it.', profile: 'checked' });
    const running = await submit(url, {
      repo_url: world.url(),
      task: 'Add a dark mode to the shop.\n\nKeep the light one as it is.',
    });
    await jobUntil(
      () => url,
      running.id,
      ({ stage }) => stage === 'running_agent',
    );
    const { id: session } = await createSession(url, { title: 'Release 1.2', approvals: 'ask' });
    await answered(() => url, session, 'What is to be done for a release?');
    const run = await say(url, session, 'Publish the package.');
    await pendingApprovals(() => url, session);
    const spawned = await call<{ session: { id: string } }>(url, `/sessions/${session}/spawn`, {
      json: { task: 'Review the parser.', title: 'Review', wake: false },
    });
    const ids = { running: running.id, failed: failed.id, finished: finished.id };
    return { world, url, ...ids, session, run: run.id, child: spawned.body.session.id };
  } catch (error) {
    await world.end();
    throw error;
  }
}
