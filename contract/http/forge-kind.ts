import { z } from 'zod';

/** The API of a git host. */
export const ForgeKind = z.enum(['github', 'gitlab', 'gitea'], 'must be github, gitlab or gitea (also for Forgejo)');
export type ForgeKind = z.infer<typeof ForgeKind>;

/**
 * `forges` of config.yml: which forge speaks at `host` or `host:port`, or below a path of it, as in
 * `git.example.org/gitlab`; the port is needed where it is spoken to by plain http.
 */
export const Forges = z.record(
  z
    .string()
    .regex(
      /^[a-z0-9.[\]:-]+(\/[\w.~-]+)*$/,
      'must be a host in lower case, such as git.example.org, and the path of the forge where it has one, such as git.example.org/gitlab',
    ),
  ForgeKind,
);
export type Forges = z.infer<typeof Forges>;
