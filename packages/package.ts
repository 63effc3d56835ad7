import { TOOL_DISPLAYS, type ToolDisplay } from '../contract/http/chat.ts';
import type { FileProblem } from '../contract/shared/file-problem.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';

export { TOOL_DISPLAYS, type ToolDisplay };

/** What a reader of a stream is shown; `final` is the last text of an answer, `narration` what is said before it. */
export interface Visibility {
  thinking: boolean;
  tools: boolean;
  narration: boolean;
  final: boolean;
}

/** An agent package: who answers as the model of its name. Plain data. */
export interface AgentPackage {
  /** Its folder's, or AGENTIHUB_AGENT: the id of the model. */
  name: string;
  description: string;
  /** Folder with system.md, CLAUDE.md, .mcp.json, .claude/ and command.yml. */
  dir: string;
  /** All of it as a profile; `folders` has `dir`. */
  profile: ResolvedProfile;
  chat: {
    tool_display: ToolDisplay;
    /** What becomes of a turn whose reader is gone. */
    on_disconnect: 'interrupt' | 'continue';
    show: Visibility;
  };
  /** Digest of its files: it changes when one of them does. */
  version: string;
  /** When it was loaded first, in Unix seconds. */
  created: number;
}

/** A mistake in a package. */
export interface PackageProblem extends FileProblem {
  package: string;
}

/** The packages that are served, and what is wrong with those that are not. */
export interface Packages {
  packages: AgentPackage[];
  problems: PackageProblem[];
}
