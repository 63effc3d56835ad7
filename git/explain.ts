import { Failure, type FailureType } from '../contract/failures.ts';

const MAX_QUOTE = 600;

// First match wins. What the remote says of itself ("remote: …") is no fact about this host, so disk_full looks elsewhere.
const CAUSES: readonly (readonly [RegExp, FailureType, string])[] = [
  [
    /^(?!remote:).*(No space left on device|Disk quota exceeded)/m,
    'disk_full',
    "The worker's disk is full; free space in its data directory.",
  ],
  [
    /Host key verification failed/,
    'repo_auth_failed',
    "The worker does not know the remote's ssh host key; add it to known_hosts with ssh-keyscan.",
  ],
  [
    /dubious ownership/,
    'repo_auth_failed',
    'The repository belongs to another user than the worker; change its owner.',
  ],
  [
    /stale info|fetch first|non-fast-forward|reference already exists/,
    'branch_conflict',
    "The branch on the remote holds commits that are not this job's.",
  ],
  [
    /Authentication failed|could not read (Username|Password)|Permission denied \(|returned error: 401/,
    'repo_auth_failed',
    'The repository does not exist or needs other credentials; check repo_url and GITHUB_TOKEN.',
  ],
  [
    /returned error: 403|Write access to repository not granted/,
    'repo_auth_failed',
    'The credentials do not permit this; give a token that may read from and push to the repository.',
  ],
  [/unpacker error|remote unpack failed/, 'remote_unavailable', 'The remote could not store the commits.'],
  [
    /\[remote rejected\]|hook declined|protected branch/,
    'push_rejected',
    'The remote refused the branch by a rule of its own; change the rule or the work.',
  ],
  [
    /couldn't find remote ref|not our ref|no such ref/i,
    'ref_not_found',
    'The remote has no such branch, tag or commit; choose a base_ref that exists.',
  ],
  [
    /returned error: 30\d|unable to update url base from redirection/,
    'repo_not_found',
    'The remote redirects to another address, which is not followed; give the new address, or add .git to this one.',
  ],
  [/returned error: 5\d\d|returned error: 429/, 'remote_unavailable', 'The remote answered with an error of its own.'],
  [
    /not found|does not exist|does not appear to be a git repository|No such file or directory|returned error: 4\d\d/i,
    'repo_not_found',
    'There is no such repository, or the credentials may not see it; check repo_url.',
  ],
  [
    /unable to access|Could not resolve|Connection|timed out|early EOF|hung up|RPC failed|Could not read from remote/i,
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

/** `text` without the user-info of addresses and without `secrets`. */
export function redact(text: string, secrets: readonly string[] = []): string {
  const plain = secrets.filter((secret) => secret !== '').flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return plain.reduce((rest, secret) => rest.replaceAll(secret, '***'), text).replace(/(https?:\/\/)[^/@\s']+@/g, '$1');
}
