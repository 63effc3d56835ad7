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

/** The command that creates each. */
const CREATED_BY = { job: 'submit', plan: 'plan', worktree: 'worktrees prepare' };

async function findId(
  given: string,
  what: keyof typeof CREATED_BY,
  list: () => Promise<readonly { id: string }[]>,
): Promise<string> {
  const id = given.toLowerCase();
  const hint = `List them: agenticore ${what}s`;
  if (FULL.test(id)) return id;
  if (!BEGINNING.test(id)) {
    const command = CREATED_BY[what];
    throw usageError(
      `"${given}" is not a ${what} id. Give the id that \`agenticore ${command}\` printed, or at least its first 4 characters.`,
      hint,
    );
  }
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
