/** What each step does, in the line that the Web UI shows beside it. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { singleLine } from '../contract/shared/markdown.ts';
import type { RunMessage } from '../contract/workflow/session-state.ts';

/** Characters of a summary; the server takes 400 bytes. */
const MAX_SUMMARY = 100;

type Summaries = { [Name in keyof Activities]: (step: Parameters<Activities[Name]>[0]) => string };

const SUMMARIES: Summaries = {
  holdSeat: ({ asking }) => `holds a seat for all steps on one host${asking > 1 ? ` (request ${asking})` : ''}`,
  createRepository: ({ repo_url }) => `creates ${place(repo_url)}`,
  updateMirror: ({ repo_url, base_ref }) => `fetches ${at(repo_url, base_ref)}`,
  prepareWork: ({ repo_url, base, branch, attempt, package: named, request }) =>
    `${repo_url === undefined ? 'makes an empty folder' : `checks out ${at(repo_url, base?.ref)} as branch ${branch ?? '?'}`}, writes the profile ${named ?? request.profile}${again(attempt)}`,
  completeCheckout: ({ repo_url }) => `fetches Git LFS files and submodules of ${place(repo_url)}`,
  routeProfile: ({ fallback_profile }) => `has a model choose the profile, else ${fallback_profile}`,
  restoreCache: ({ repo_url }) => `brings the setup cache of ${place(repo_url)}`,
  runCommand: ({ phase, command }) => `${phase}: ${command}`,
  finishSetup: () => 'ends setup and keeps its cache',
  runAgent: ({ request, attempt, timeout_s, fix }) =>
    `the agent ${fix === undefined ? 'works' : 'mends its work'} on ${place(request.repo_url)}, at most ${timeout_s} s${again(attempt)}`,
  commitWork: ({ repo_url, branch }) => `commits what the agent left on ${at(repo_url, branch)}`,
  restoreWork: ({ sha }) => `removes what verify has written, back to ${sha?.slice(0, 8) ?? 'the work'}`,
  deliver: ({ repo_url, branch, sha }) => `pushes ${sha.slice(0, 8)} to ${at(repo_url, branch)}`,
  openPullRequest: ({ repo_url, branch, base }) =>
    `finds or opens the pull request of ${branch} into ${base} of ${place(repo_url)}`,
  pauseJob: ({ until }) => `gives the seat back until ${until}: the model's limit`,
  removeWorktree: ({ status, keep }) =>
    `${status}: ends what still runs, stores the transcript, ${keep ? 'keeps' : 'removes'} the worktree`,
  prepareWorktree: ({ repo_url, base_ref }) => `prepares a worktree of ${at(repo_url, base_ref)}`,
  leaveWorktree: ({ keep }) => `gives the seat back, ${keep ? 'keeps' : 'removes'} the worktree`,
  dropWorktree: ({ force }) => `removes the worktree${force ? '' : ', unless it holds undelivered work'}`,
  runTurn: ({ number, message, attempt }) => `the agent answers message ${number}${again(attempt)}: ${said(message)}`,
  endAgent: () => 'ends the agent of the session',
  leaveSession: ({ cold }) => `stores the transcript, gives the seat back${cold ? ', ends the agent' : ''}`,
  answerApproval: ({ allow }) => `tells the agent that its call is ${allow ? 'allowed' : 'denied'}`,
  noteEvents: ({ events }) => `writes to the event stream: ${events.map(({ type }) => type).join(', ')}`,
  closeSession: () => 'removes the files of the session, unless they hold undelivered work',
};

/** Activities of which each is scheduled with `options` and its summary. */
export const stepsWith = (options: ActivityOptions): Activities =>
  new Proxy({} as Activities, {
    get: (_, name: keyof Activities) => (step: never) => {
      const summary = singleLine((SUMMARIES[name] as (step: never) => string)(step)).slice(0, MAX_SUMMARY);
      return (proxyActivities<Activities>({ ...options, summary })[name] as (step: never) => unknown)(step);
    },
  });

/** A repository without what all addresses have. */
const place = (repoUrl?: string): string =>
  repoUrl?.replace(/^\w+:\/\//, '').replace(/\.git$/, '') ?? 'an empty folder';

const at = (repoUrl: string | undefined, ref: string | undefined): string =>
  ref === undefined ? place(repoUrl) : `${place(repoUrl)} (${ref})`;

const again = (attempt: number): string => (attempt > 1 ? `, attempt ${attempt}` : '');

const said = ({ text = '' }: RunMessage): string => text;
