import { Failure, type FailureType } from '../contract/shared/failures.ts';
import { redact } from '../contract/shared/redact.ts';

const MAX_QUOTE = 600;

// Over http a status; over ssh only the words of GitHub, GitLab and Gitea.
const NO_RIGHT = new RegExp(
  [
    'returned error: 403',
    'Write access to repository not granted',
    'marked as read only',
    '^ERROR: Permission to \\S+ denied to',
    'not allowed to push code to this project',
    ...[
      'deploy key does not have write access',
      'is not authorized to (read|write) \\S+/',
      'User permission denied for writing',
    ],
  ].join('|'),
  'm',
);

// First match wins. What the remote says of itself ("remote: …") is no fact about this host, so disk_full looks
// elsewhere.
const CAUSES: readonly (readonly [RegExp, FailureType, string])[] = [
  [
    /^(?!remote:).*(No space left on device|Disk quota exceeded)/m,
    'disk_full',
    "The worker's disk is full; free space in its data directory.",
  ],
  [
    // Of the shell that git starts ssh with; a remote without git has a shell that says the same of git.
    /^(?!remote:).*: (line )?\d+: (?!git-)\S+: (command )?(not found|No such file or directory)$/m,
    'invalid_config',
    'ssh cannot be started on this host; install it, or correct GIT_SSH_COMMAND.',
  ],
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'repo_auth_failed',
    "The remote's ssh host key is not the one that the worker knows. Somebody may be in between: ask who runs the remote, then correct known_hosts.",
  ],
  [
    /Host key verification failed/,
    'repo_auth_failed',
    "The worker does not know the remote's ssh host key; add it to known_hosts with ssh-keyscan.",
  ],
  [
    /dubious ownership/,
    'repo_auth_failed',
    'The repository belongs to another user than the worker; change its owner, or run the `git config` command below as the user of the worker.',
  ],
  [
    /stale info|fetch first|non-fast-forward|reference already exists/,
    'branch_conflict',
    "The branch on the remote holds commits that are not this job's.",
  ],
  [
    /Authentication failed|could not read (Username|Password)|returned error: 401/,
    'repo_auth_failed',
    'The repository does not exist or needs other credentials; check repo_url and the token of its forge.',
  ],
  [
    /Permission denied \(|Too many authentication failures/,
    'repo_auth_failed',
    "The remote takes none of the worker's ssh keys; give the worker one that it knows, by ssh-agent, in ~/.ssh or by GIT_SSH_COMMAND.",
  ],
  [
    NO_RIGHT,
    'repo_auth_failed',
    'The credentials do not allow this; use a token or an ssh key that may read from and push to the repository.',
  ],
  [
    /Could not resolve (host|proxy)|Name or service not known|Temporary failure in name resolution/i,
    'host_not_found',
    'The name of the host cannot be resolved; correct repo_url, or check the DNS and proxy settings of the worker.',
  ],
  [/unpacker error|remote unpack failed/, 'remote_unavailable', 'The remote could not store the commits.'],
  [
    /\[remote rejected\]|hook declined|protected branch/,
    'push_rejected',
    'A rule of the remote rejected the branch; change the rule or the work.',
  ],
  [
    /couldn't find remote ref|not our ref|no such ref/i,
    'ref_not_found',
    'The remote has no such branch, tag or commit; choose a base_ref that exists.',
  ],
  [
    /returned error: 30\d|unable to update url base from redirection/,
    'repo_not_found',
    'The remote redirects to another URL, which agenticore does not follow; use the new URL, or add .git to this one.',
  ],
  [/returned error: 5\d\d|returned error: 429/, 'remote_unavailable', 'The remote answered with a server error.'],
  [
    /not found|does not exist|does not appear to be a git repository|No such file or directory|returned error: 4\d\d/i,
    'repo_not_found',
    'The repository does not exist, or the credentials may not see it; check repo_url.',
  ],
  [
    /unable to access|Connection|timed out|early EOF|hung up|RPC failed|Could not read from remote/i,
    'remote_unavailable',
    'The remote cannot be reached.',
  ],
];

/** Why a git command failed, as a Failure whose text holds no user-info and none of `secrets`. */
export function explain(action: string, stderr: string, secrets: readonly string[] = []): Failure {
  const text = redact(stderr, secrets);
  const [, type, sentence] = CAUSES.find(([pattern]) => pattern.test(text)) ?? [
    undefined,
    'internal' as const,
    'git failed.',
  ];
  const quote = text.trim().slice(-MAX_QUOTE);
  return new Failure(type, `Could not ${action}. ${sentence}${quote === '' ? '' : ` git says: ${quote}`}`);
}
