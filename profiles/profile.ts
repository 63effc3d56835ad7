import type { z } from 'zod';
import type { PullRequestOptions } from '../contract/workflow/delivery.ts';
import type { ClaudeSettings } from './claude-settings.ts';

type Claude = z.infer<typeof ClaudeSettings>;

/** Of Claude Code's settings, what is not for its command line. */
type Elsewhere = 'timeout' | 'output_format' | 'no_session_persistence' | 'verbose' | 'worktree';

/** They add up along the line of parents. */
type Lists = 'allowed_tools' | 'disallowed_tools' | 'add_dir' | 'betas';

/** A profile with everything it takes from its parents; plain data. */
export interface ResolvedProfile {
  name: string;
  description: string;
  claude: Omit<Claude, Elsewhere | Lists | 'permission_mode'> &
    Record<Lists, string[]> & { permission_mode: NonNullable<Claude['permission_mode']> };
  /** Null where it does not say. */
  timeout_s: number | null;
  deliver: 'pr' | 'push' | 'none';
  pull_request: PullRequestOptions;
  /** Seconds for which a delivery is tried. */
  delivery_timeout_s: number;
  /** Template, for fillTemplate, of what is appended to every task. */
  append_prompt: string | null;
  permissions: { allow: string[]; deny: string[] };
  sandbox: 'auto' | 'required' | 'off';
  trust_repo: boolean;
  env: string[];
  /** The files it is put together from, the furthest parent's first. */
  files: string[];
  /** Folders with files of the profile (.claude/, .mcp.json), the furthest parent first. */
  folders: string[];
}

/** What is wrong in a file of a profile, and where. */
export interface FileProblem {
  file: string;
  line: number | null;
  /** Dotted path, empty where the file as a whole is meant. */
  field: string;
  message: string;
}

/** Something that is wrong with a profile. */
export interface ProfileProblem extends FileProblem {
  profile: string;
}

/** A problem as one line that names file, line and field. */
export const describeProblem = ({ file, line, field, message }: FileProblem): string =>
  `${file}${line === null ? '' : `:${line}`}: ${field === '' ? '' : `${field} `}${message}`;

/** What was found in the profile directories. */
export interface Profiles {
  /** Usable ones, by name. */
  profiles: ResolvedProfile[];
  problems: ProfileProblem[];
}
