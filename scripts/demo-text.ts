import type { JobRecord } from '../contract/http/job-record.ts';
import { colors } from '../cli/output/format.ts';
import { write } from '../cli/output/streams.ts';
import type { Place } from './demo-place.ts';
import { TASK } from './demo-project.ts';

export const USAGE = `Usage: npm run demo [-- --verify] [-- --live] [-- --keep]

Runs one whole job on this machine: agenticore with its own Temporal, the real Claude Code, a small repository with a
failing test. All of it happens in a temporary folder, which is removed at the end.

  --verify  use a profile that runs the test itself: the agent's first try fails it, the second passes
  --live    work with a real model, by your ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN (costs a few cents)
  --keep    leave everything running until Ctrl-C, to look around
  --help    show this
`;

export const title = (live: boolean): string => `
${colors.bold('agenticore demo')}
A coding agent repairs a repository, and its work is a durable Temporal workflow.
${
  live
    ? 'Claude Code runs with the real model and your own key.'
    : `Claude Code is real; its model is a script on this machine, so no key is needed ${colors.dim('(--live uses yours)')}.`
}
`;

/** Shows `what` while `work` goes on, and after it where the result is and what it is. */
export async function step<T>(
  what: string,
  work: () => Promise<T>,
  result: (value: T) => readonly [place: string, about: string],
): Promise<T> {
  if (process.stdout.isTTY) write(colors.dim(`  … ${what}`));
  const lineStart = process.stdout.isTTY ? '\r\x1b[K' : '';
  try {
    const value = await work();
    const [place, about] = result(value);
    write(`${lineStart}  ${colors.green('✓')} ${what.padEnd(12)}${place}  ${colors.dim(about)}\n`);
    return value;
  } catch (error) {
    write(`${lineStart}  ${colors.red('✗')} ${what}\n`);
    throw error;
  }
}

/** A heading with an empty line before it. */
export const heading = (text: string, beside = ''): string =>
  `\n${colors.bold(text)}${beside === '' ? '' : `  ${colors.dim(beside)}`}`;

export const submitted = (job: JobRecord): string =>
  [
    heading('The job', job.id),
    `  task    ${TASK}`,
    ...(job.ui_url === null ? [] : [`  web ui  ${colors.cyan(job.ui_url)}`]),
    '',
  ].join('\n');

/** The profile of the job. */
export const profile = (name: string, text: string): string =>
  `${heading('The profile', `profiles/${name}.yml`)}\n${text.replaceAll(/^(?=.)/gm, '  ')}`;

/** What to do with a demo that goes on. */
export const kept = ({ repo, dataDir }: Place, url: string, id: string): string => `${heading('It keeps running')}
In another terminal, in this folder:

  export AGENTICORE_URL=${url}
  npx agenticore job ${id}
  npx agenticore run "${TASK}" --repo ${repo}
  AGENTICORE_DATA_DIR=${dataDir} npx agenticore temporal workflow show --workflow-id ${id}
  git -C ${repo} log --oneline --all

Ctrl-C ends it and removes ${dataDir.replace(/\/data$/, '')}.
`;

/** What to do after a demo that is over and has left nothing behind. */
export const next = (live: boolean): string =>
  [
    colors.dim('  Everything has stopped, and its folder is deleted.'),
    heading('What next'),
    `  npm run demo -- --keep     leave it running: the Web UI, the API and the repository stay until Ctrl-C`,
    '  npm run demo -- --verify   the agent has to pass a command of its profile',
    ...(live ? [] : ['  npm run demo -- --live     the same with the real model and your own key']),
    '  npx agenticore serve       your own server, with ANTHROPIC_API_KEY set; then, in another terminal:',
    '  npx agenticore run "fix the failing test" --repo https://github.com/org/repo',
    '',
  ].join('\n');
