import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join, parse } from 'node:path';
import { DEFAULT_AGENT, type AgentName } from '../contract/shared/agents.ts';
import { ProfileName } from '../contract/http/job-request.ts';
import { AUTO_PROFILE } from '../contract/workflow/names.ts';
import { parseProfile } from './parse.ts';
import type { ParsedProfile } from './parse.ts';
import type { ProfileProblem, Profiles } from './profile.ts';
import { resolveAll } from './resolve.ts';
import type { ProfileSource } from './resolve.ts';

/** Largest profile file, in bytes. */
const MAX_BYTES = 64 * 1024;

const MUST_NOT_BE_AUTO = 'must have another name: auto means that a model chooses the profile';

/**
 * Reads the profiles in `directories`, of which a later one wins by name: folders with a profile.yml, and single .yml
 * files. A directory that does not exist has none. What is wrong with one profile hides no other; but a broken profile
 * does hide those of its own name before it, so that nobody gets another profile than the one in sight. Profiles that
 * name no agent have `defaultAgent`.
 */
export async function loadProfiles(
  directories: readonly string[],
  defaultAgent: AgentName = DEFAULT_AGENT,
): Promise<Profiles> {
  const sources = new Map<string, ProfileSource>();
  const problems: ProfileProblem[] = [];
  for (const directory of directories) {
    for (const entry of await entriesOf(directory, problems)) {
      const candidate = await read(directory, entry);
      if (candidate === null) continue;
      const { file, folder, parsed } = candidate;
      const name = parsed.name ?? parse(entry).name;
      const mistakes = [...parsed.mistakes];
      if (!ProfileName.safeParse(name).success) {
        mistakes.push({ line: null, field: '', message: 'must have a name: letters, digits, dots, dashes' });
      }
      if (name === AUTO_PROFILE) mistakes.push({ line: null, field: '', message: MUST_NOT_BE_AUTO });
      problems.push(...mistakes.map((mistake) => ({ profile: name, file, ...mistake })));
      sources.delete(name);
      if (parsed.content === null || mistakes.length > 0) continue;
      sources.set(name, { name, file, folder, content: parsed.content, extends_line: parsed.extends_line });
    }
  }
  const resolved = resolveAll(sources, defaultAgent);
  return { profiles: resolved.profiles, problems: [...problems, ...resolved.problems] };
}

async function entriesOf(directory: string, problems: ProfileProblem[]): Promise<string[]> {
  try {
    const entries = await readdir(directory);
    return entries.filter((entry) => !entry.startsWith('.')).sort();
  } catch (error) {
    if (!isAbsent(error)) {
      problems.push({
        profile: '',
        file: directory,
        line: null,
        field: '',
        message: `cannot be read (${codeOf(error)})`,
      });
    }
    return [];
  }
}

interface Candidate {
  file: string;
  folder: string | null;
  parsed: ParsedProfile;
}

/** Null where the entry is no profile. */
async function read(directory: string, entry: string): Promise<Candidate | null> {
  const path = join(directory, entry);
  const single = ['.yml', '.yaml'].includes(extname(entry));
  const place = single ? { file: path, folder: null } : { file: join(path, 'profile.yml'), folder: path };
  try {
    const { size } = await stat(place.file);
    if (size > MAX_BYTES) return { ...place, parsed: unreadable(`is larger than ${MAX_BYTES} bytes`) };
    return { ...place, parsed: parseProfile(await readFile(place.file, 'utf8')) };
  } catch (error) {
    if (isAbsent(error)) return null;
    return { ...place, parsed: unreadable(`cannot be read (${codeOf(error)})`) };
  }
}

const unreadable = (message: string): ParsedProfile => ({
  name: undefined,
  content: null,
  extends_line: null,
  mistakes: [{ line: null, field: '', message }],
});

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);

const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
