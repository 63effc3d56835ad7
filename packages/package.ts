import { TOOL_DISPLAYS, type ToolDisplay } from '../contract/http/chat.ts';
import type { AgentName } from '../contract/shared/agents.ts';
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

/** All is shown. */
export const ALL_SHOWN: Visibility = { thinking: true, tools: true, narration: true, final: true };

/** Names by which clients of the Python agenticore choose the model of the first package's CLI: no package has one. */
export const CLI_MODELS: readonly string[] = ['sonnet', 'opus', 'haiku', 'default'];

/** An agent package: who answers as the model of its name. Plain data. */
export interface AgentPackage {
  /** Its folder's, or AGENTIHUB_AGENT: the id of the model. */
  name: string;
  description: string;
  /** Folder with system.md, CLAUDE.md, .mcp.json, .claude/ and command.yml; its real path. */
  dir: string;
  /** Further folders that its agent may read. */
  readable: string[];
  /** All of it as a profile; `folders` has `dir`, and `timeout_s` is never null. */
  profile: ResolvedProfile;
  chat: {
    tool_display: ToolDisplay;
    /** What becomes of a turn whose reader is gone. */
    on_disconnect: 'interrupt' | 'continue';
    show: Visibility;
  };
  /** Digest of what its agent is started with: it changes when one of its files does, or is another on another host. */
  version: string;
  /** When its folder was made, in Unix seconds. */
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

export interface PackageFolder {
  dir: string;
  /** Of a single package, where it is not called like its folder. */
  name?: string;
}

/** Where packages are, and what counts for all of them. */
export interface PackageSettings {
  /** Each with a package, or with many as a hub has them; of one name the first counts. */
  folders: readonly PackageFolder[];
  /** The one package of a hub that is served, and the name of a single package; see AGENTIHUB_AGENT. */
  agent: string | undefined;
  /** The package that is served where `folders` is empty. */
  bundled: string;
  /** Folder that agents may read. */
  readable: string | undefined;
  /** The same for the bundled package alone. */
  workingFolder: string | undefined;
  /** Whether system.md is added to the agent's own system prompt, or replaces it. */
  appendSystemPrompt: boolean;
  /** Seconds that a turn may take where the package does not say. */
  timeoutS: number;
  defaultAgent: AgentName;
}
