import { DATA_DIR, setting } from '../setting.ts';
import { flag, hostList, path } from '../values.ts';

/** Which repositories jobs may have, and where they lie. */
export const REPOSITORIES = {
  reposRoot: setting('AGENTICORE_REPOS_ROOT', path, '~/agenticore-repos', 'Directory of the mirrors of repositories.'),
  worktreeRoot: setting(
    'AGENTICORE_WORKTREE_ROOT',
    path,
    `${DATA_DIR}/worktrees`,
    'Directory of the checkouts of jobs.',
  ),
  allowLocalRepos: setting(
    'AGENTICORE_ALLOW_LOCAL_REPOS',
    flag,
    'false',
    'Whether repo_url may be a path or a file:// URL.',
  ),
  allowedRepoHosts: setting(
    'AGENTICORE_ALLOWED_REPO_HOSTS',
    hostList,
    '',
    'Private or loopback hosts that jobs may clone from, separated by commas.',
  ),
};
