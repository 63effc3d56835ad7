import { PAGE, type Client } from './client.ts';
import { CliError, usageError } from './errors.ts';

const FULL = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BEGINNING = /^[0-9a-f][0-9a-f-]{3,34}$/;

/** The full id for one that may be cut to its first 4 characters or more, looked up among the latest 1,000 jobs. */
export async function findJobId(client: Client, given: string): Promise<string> {
  const id = given.toLowerCase();
  if (FULL.test(id)) return id;
  if (!BEGINNING.test(id))
    throw usageError(
      'A job id is what `agenticore submit` prints, or at least its first 4 characters.',
      'See them with: agenticore jobs',
    );
  const { jobs } = await client.jobs({ limit: PAGE });
  const [first, ...more] = jobs.filter((job) => job.id.startsWith(id));
  if (first === undefined)
    throw new CliError(`There is no job whose id begins with ${id}.`, {
      code: 'job_not_found',
      hint: 'See them with: agenticore jobs',
      exitCode: 1,
    });
  if (more.length > 0)
    throw usageError(`${more.length + 1} jobs have an id that begins with ${id}.`, 'Give more of the id.');
  return first.id;
}
