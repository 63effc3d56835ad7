import { runIdOf } from '../contract/workflow/names.ts';
import { PAGE, type Client } from './client.ts';
import { CliError, usageError } from './errors.ts';

/** Most plans that one page holds. */
const PLAN_PAGE = 100;

const FULL = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BEGINNING = /^[0-9a-f][0-9a-f-]{3,34}$/;

/** The full id of a job from at least its first 4 characters, among the latest 1,000 jobs. */
export const findJobId = (client: Client, given: string): Promise<string> =>
  findId(given, 'job', async () => (await client.jobs({ limit: PAGE })).jobs);

/** The same for a plan, among the latest 100. */
export const findPlanId = (client: Client, given: string): Promise<string> =>
  findId(given, 'plan', async () => (await client.plans({ limit: PLAN_PAGE })).plans);

/** The same for a worktree, among 1,000 worktrees. */
export const findWorktreeId = (client: Client, given: string): Promise<string> =>
  findId(given, 'worktree', async () => (await client.worktrees({ limit: PAGE })).worktrees);

/** The same for a session, among 1,000 sessions. */
export const findSessionId = (client: Client, given: string): Promise<string> =>
  findId(given, 'session', async () => (await client.sessions.list({ limit: PAGE })).sessions);

/** The commands that create and list each. */
const COMMANDS = {
  job: { create: 'submit', list: 'jobs' },
  plan: { create: 'plan', list: 'plans' },
  worktree: { create: 'worktrees prepare', list: 'worktrees' },
  session: { create: 'session create', list: 'session list' },
};

async function findId(
  given: string,
  what: keyof typeof COMMANDS,
  list: () => Promise<readonly { id: string }[]>,
): Promise<string> {
  const id = given.toLowerCase();
  const { create, list: listing } = COMMANDS[what];
  const hint = `List them: agenticore ${listing}`;
  if (FULL.test(id)) return id;
  if (!BEGINNING.test(id))
    throw usageError(
      `"${given}" is not a ${what} id. Give the id that \`agenticore ${create}\` printed, or at least its first 4 characters.`,
      hint,
    );
  const [first, ...more] = (await list()).filter((one) => one.id.startsWith(id));
  if (first === undefined)
    throw new CliError(`There is no ${what} whose id starts with ${id}.`, {
      code: `${what}_not_found`,
      hint,
      exitCode: 1,
    });
  if (more.length > 0)
    throw usageError(
      `${more.length + 1} ${what}s have an id that starts with ${id}.`,
      'Give more characters of the id.',
    );
  return first.id;
}

/**
 * The full id of a run: of a run, whose session may be given by its first characters, or of a session, whose last run
 * it is then.
 */
export async function findRunId(client: Client, given: string): Promise<string> {
  const [, session = given, number] = /^(.+)\.(\d+)$/.exec(given) ?? [];
  const id = await findSessionId(client, session);
  if (number !== undefined) return runIdOf(id, Number(number));
  const { runs } = await client.sessions.session(id);
  if (runs > 0) return runIdOf(id, runs);
  const hint = `Send it a message: agenticore session send ${id} "..."`;
  throw new CliError(`Session ${id} has had no run yet.`, { code: 'run_not_found', hint, exitCode: 1 });
}
