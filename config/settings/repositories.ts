import { DATA_DIR, setting } from '../setting.ts';
import { flag, hostList, path } from '../values.ts';

/** Which repositories jobs may have, and where they lie. */
export const REPOSITORIES = {
  reposRoot: setting('AGENTICORE_REPOS_ROOT', path, '~/agenticore-repos', 'Where mirrors of repositories are cached.'),
  worktreeRoot: setting('AGENTICORE_WORKTREE_ROOT', path, `${DATA_DIR}/worktrees`, 'Where jobs get their checkouts.'),
  allowLocalRepos: setting(
    'AGENTICORE_ALLOW_LOCAL_REPOS',
    flag,
    'false',
    'Whether repo_url may be a path or file:// address.',
  ),
  allowedRepoHosts: setting(
    'AGENTICORE_ALLOWED_REPO_HOSTS',
    hostList,
    '',
    'Private or loopback hosts that may be cloned from, separated by commas.',
  ),
};
