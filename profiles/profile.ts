import type { ProfileFile } from './schema.ts';

type ClaudeSettings = NonNullable<ProfileFile['claude']>;

/** A profile with everything it takes from its parents; plain data. */
export interface ResolvedProfile {
  name: string;
  description: string;
  claude: Omit<ClaudeSettings, 'timeout' | 'output_format' | 'worktree' | 'allowed_tools' | 'disallowed_tools'> & {
    permission_mode: NonNullable<ClaudeSettings['permission_mode']>;
    allowed_tools: string[];
    disallowed_tools: string[];
  };
  /** Null where it does not say. */
  timeout_s: number | null;
  deliver: 'pr' | 'push' | 'none';
  /** Template, for fillTemplate, of what is appended to every task. */
  append_prompt: string | null;
  permissions: { allow: string[]; deny: string[] };
  sandbox: 'auto' | 'required' | 'off';
  trust_repo: boolean;
  env: string[];
  /** Folders with files of the profile (.claude/, .mcp.json), the furthest parent first. */
  folders: string[];
}

/** Something that is wrong with a profile. */
export interface ProfileProblem {
  profile: string;
  file: string;
  line: number | null;
  /** Dotted path, empty where the file as a whole is meant. */
  field: string;
  message: string;
}

/** A problem as one line that names file, line and field. */
export const describeProblem = ({ file, line, field, message }: ProfileProblem): string =>
  `${file}${line === null ? '' : `:${line}`}: ${field === '' ? '' : `${field} `}${message}`;

/** What was found in the profile directories. */
export interface Profiles {
  /** Usable ones, by name. */
  profiles: ResolvedProfile[];
  problems: ProfileProblem[];
}
