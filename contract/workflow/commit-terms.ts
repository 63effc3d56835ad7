/** What a profile says of the commits of its jobs. No zod here: workflows import this file. */

export interface Person {
  name: string;
  email: string;
}

/** Who signs: the worker, with its key, or the forge. */
export const SIGNERS = ['ssh', 'gpg', 'forge'] as const;
type Signer = (typeof SIGNERS)[number];

export interface CommitTerms {
  /** In place of the worker's own. */
  author?: Person;
  /** Template of the message; what the job delivers is then one commit. */
  message?: string;
  signing?: Signer;
}
