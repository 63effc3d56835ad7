import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProfileName } from '../contract/http/job-request.ts';
import { parseFields, type Mistake } from '../profiles/parse.ts';
import { CommandFile } from './command-file.ts';
import type { PackagePlace } from './find.ts';
import { CLI_MODELS, type AgentPackage, type PackageProblem, type PackageSettings } from './package.ts';
import { profileOf, readableOf, type PackageTexts } from './profile.ts';
import { versionOf } from './version.ts';

/** Largest file of a package that goes into a prompt, in bytes: the kernel takes no argument above 128 KiB. */
const MAX_BYTES = 64 * 1024;

export interface ReadPackage {
  /** Null where there are problems. */
  found: AgentPackage | null;
  problems: PackageProblem[];
}

/** Reads the package in one folder. What is wrong is told by file, line and field. */
export async function readPackage(place: PackagePlace, settings: PackageSettings): Promise<ReadPackage> {
  const { name, dir } = place;
  const problems: PackageProblem[] = [];
  const tell = (file: string, mistake: Mistake): void => void problems.push({ package: name, file, ...mistake });
  if (!ProfileName.safeParse(name).success || CLI_MODELS.includes(name))
    tell(dir, whole(`must have another name: letters, digits, dots and dashes, and none of ${CLI_MODELS.join(', ')}`));
  const texts: PackageTexts = {};
  for (const [part, file] of Object.entries(PACKAGE_FILES) as [keyof PackageTexts, string][]) {
    const text = await textOf(join(dir, file));
    if (typeof text === 'object') tell(join(dir, file), text);
    else if (text !== undefined) texts[part] = text;
  }
  const { content, mistakes } = parseFields(texts.command ?? '', CommandFile, 'a command.yml');
  for (const mistake of mistakes) tell(join(dir, PACKAGE_FILES.command), mistake);
  if (content === null || problems.length > 0) return { found: null, problems };
  const profile = profileOf(place, content, texts, settings);
  const { birthtimeMs, mtimeMs } = await stat(dir);
  const readable = readableOf(place, settings);
  const version = await versionOf(dir, profile);
  const created = Math.floor((birthtimeMs || mtimeMs) / 1_000);
  return {
    found: { name, description: profile.description, dir, readable, profile, chat: chatOf(content), version, created },
    problems,
  };
}

/** Files of a package whose text is read. */
export const PACKAGE_FILES = {
  command: 'command.yml',
  system: 'system.md',
  claude: 'CLAUDE.md',
  agents: 'AGENTS.md',
} as const;

/** Undefined where there is none. */
async function textOf(path: string): Promise<string | Mistake | undefined> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_BYTES) return whole(`is larger than ${MAX_BYTES} bytes`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? whole('must not contain NUL') : text.trim();
  } catch (error) {
    const { code = 'not UTF-8' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : whole(`cannot be read (${code})`);
  }
}

const whole = (message: string): Mistake => ({ line: null, field: '', message });

function chatOf({ chat: { tool_display = 'reasoning', on_disconnect = 'interrupt', show = {} } = {} }: CommandFile) {
  const { thinking = true, tools = true, narration = true, final = true } = show;
  return { tool_display, on_disconnect, show: { thinking, tools, narration, final } };
}
