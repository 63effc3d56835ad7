import { join } from 'node:path';
import { defined } from '../contract/shared/defined.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import { resolveAll } from '../profiles/resolve.ts';
import type { CommandFile } from './command-file.ts';
import type { PackagePlace } from './find.ts';
import type { PackageSettings } from './package.ts';

/** Texts of a package's files; absent where there is no such file. */
export interface PackageTexts {
  command?: string;
  system?: string;
  claude?: string;
  agents?: string;
}

/** What the agent of a package is started with. */
export function profileOf(
  { name, dir, isBundled }: PackagePlace,
  { chat: _chat, capabilities: _capabilities, ...content }: CommandFile,
  texts: PackageTexts,
  settings: PackageSettings,
): ResolvedProfile {
  const source = { name, file: join(dir, 'command.yml'), folder: dir, content, extends_line: null };
  const [profile] = resolveAll(new Map([[name, source]]), settings.defaultAgent).profiles;
  if (profile === undefined) throw new Error('a profile without parents has become none');
  const [readable] = readableOf({ isBundled }, settings);
  return {
    ...withPrompts(profile, texts, readable, settings.appendSystemPrompt),
    timeout_s: profile.timeout_s ?? settings.timeoutS,
  };
}

/** Folders that the settings give to a package. */
export const readableOf = (
  { isBundled }: Pick<PackagePlace, 'isBundled'>,
  { readable, workingFolder }: PackageSettings,
): string[] => [readable ?? (isBundled ? workingFolder : undefined)].filter((path) => path !== undefined);

function withPrompts(
  profile: ResolvedProfile,
  { system, claude: memory, agents }: PackageTexts,
  readable: string | undefined,
  append: boolean,
): ResolvedProfile {
  const note = readable === undefined ? 'You were given no folder to read.' : `You may read the folder ${readable}.`;
  const { claude, codex } = profile;
  const { append_system_prompt, system_prompt, add_dir, ...rest } = claude;
  const added = joined(append ? system : undefined, append_system_prompt, note);
  const replaced = append ? system_prompt : (system ?? system_prompt);
  return {
    ...profile,
    claude: {
      ...rest,
      add_dir: readable === undefined ? add_dir : [...add_dir, readable],
      append_system_prompt: added,
      ...defined({ system_prompt: replaced }),
    },
    // CLAUDE.md gets to Claude Code by its configuration directory.
    codex: { ...codex, developer_instructions: joined(system, agents ?? memory, codex.developer_instructions, note) },
  };
}

const joined = (...texts: (string | undefined)[]): string => texts.filter(Boolean).join('\n\n');
