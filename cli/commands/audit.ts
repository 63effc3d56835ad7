import type { Command } from 'commander';
import type { AuditReply } from '../../contract/http/audit.ts';
import type { Client } from '../client.ts';
import { onServer, wholeNumber, type CommandCall } from '../command.ts';
import { CliError } from '../errors.ts';
import { findJobId, findSessionId } from '../job-id.ts';
import { count } from '../output/format.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';

/** Most sessions of an agent that are looked through. */
const PAGE = 1_000;

/** `agenticore audit`: whether everything that tells what an agent has said tells the same. */
export function registerAudit(program: Command): void {
  const command = program
    .command('audit')
    .description("Compare what was streamed, the agent's transcript and the event log; exit 1 where they differ")
    .argument('<what>', 'id of a session or a job, or its first characters; or name of an agent')
    .option('-n, --last <count>', 'how many sessions of an agent, the newest first', wholeNumber(1), 5);
  onServer(command, run);
}

async function run({ client, json, args, options }: CommandCall<{ last: number }>): Promise<void> {
  const replies: AuditReply[] = [];
  for (const path of await pathsOf(client, args[0] ?? '', options.last)) replies.push(await client.audit(path));
  const equal = replies.every((reply) => reply.equal);
  if (!equal) process.exitCode = 1;
  if (json) return print(toJson({ success: true, equal, audits: replies }));
  for (const reply of replies) for (const line of linesOf(reply)) print(oneLine(line));
  say(equal ? `${count(replies.length, 'stream')} compared: equal.` : 'Not equal.');
}

/** What `given` names: an agent's sessions, or the one session or job. */
async function pathsOf(client: Client, given: string, last: number): Promise<string[]> {
  const session = await unlessUnknown(findSessionId(client, given));
  if (session !== undefined && (await unlessUnknown(client.sessions.session(session))) !== undefined)
    return [`/sessions/${session}`];
  const job = await unlessUnknown(findJobId(client, given));
  if (job !== undefined && (await unlessUnknown(client.job(job))) !== undefined) return [`/jobs/${job}`];
  const { sessions } = await client.sessions.list({ limit: PAGE });
  const own = sessions.filter(({ profile }) => profile === given);
  if (own.length > 0) return own.slice(0, last).map(({ id }) => `/sessions/${id}`);
  throw new CliError(`"${given}" is no session, no job and no agent that has had a session.`, {
    code: 'session_not_found',
    hint: 'List them: agenticore session list',
    exitCode: 1,
  });
}

/** Undefined where there is nothing of that name. */
const unlessUnknown = <T>(found: Promise<T>): Promise<T | undefined> =>
  found.catch((error: unknown) => {
    if (error instanceof CliError && (error.code === 'usage' || error.exitCode === 1)) return undefined;
    throw error;
  });

function linesOf({ id, equal, runs, blocks, surfaces, differences, notes }: AuditReply): string[] {
  return [
    `${id}  ${equal ? 'equal' : 'DIFFERENT'}: ${count(runs, 'run')}, ${count(blocks, 'block')} in the event log`,
    ...surfaces.map(
      ({ surface, compared, blocks: there, note }) =>
        `  ${surface.padEnd(10)} ${compared ? count(there, 'block') : 'not compared'}${note === null ? '' : ` (${note})`}`,
    ),
    ...differences.map(({ surface, run, what }) => `  ! ${surface}${run === null ? '' : `, run ${run}`}: ${what}`),
    ...notes.map((note) => `  - ${note}`),
  ];
}
