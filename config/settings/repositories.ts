import { DATA_DIR, setting } from '../setting.ts';
import { filterSpec, flag, hostList, path, whole } from '../values.ts';

/** Which repositories jobs may have, and where they lie. */
export const REPOSITORIES = {
  reposRoot: setting('AGENTICORE_REPOS_ROOT', path, '~/agenticore-repos', 'Directory of the mirrors of repositories.'),
  worktreeRoot: setting(
    'AGENTICORE_WORKTREE_ROOT',
    path,
    `${DATA_DIR}/worktrees`,
    'Directory of the checkouts of jobs.',
  ),
  cloneFilter: setting(
    'AGENTICORE_CLONE_FILTER',
    filterSpec,
    '',
    'What mirrors leave out until a job needs it: `blob:none`, the contents of all files, or `blob:limit=1m`, those of larger files.',
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
  maxCommitFiles: setting(
    'AGENTICORE_MAX_COMMIT_FILES',
    whole(0, 10_000_000),
    '3000',
    'New and changed files above which the work of a job is not delivered; 0 means no limit.',
  ),
  maxCommitMb: setting(
    'AGENTICORE_MAX_COMMIT_MB',
    whole(0, 1_000_000),
    '100',
    'Size in MiB of new contents above which the work of a job is not delivered; 0 means no limit.',
  ),
};
