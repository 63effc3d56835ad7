import { ProfileName } from '../contract/http/job-request.ts';
import { fieldIssues, readYaml } from '../contract/http/yaml-text.ts';
import { insteadOf } from '../runners/sections.ts';
import { ProfileFile } from './schema.ts';

/** What is wrong, and where. */
interface Mistake {
  line: number | null;
  field: string;
  message: string;
}

/** A read profile file. */
export interface ParsedProfile {
  /** The name it gives itself, if that is one. */
  name: string | undefined;
  /** Null where there are mistakes. */
  content: ProfileFile | null;
  /** Line of `extends`. */
  extends_line: number | null;
  mistakes: Mistake[];
}

/** Reads the text of a profile.yml. What is not plain YAML is a mistake, as is every field that is not known. */
export function parseProfile(text: string): ParsedProfile {
  const { value, given, mistakes, lineOf } = readYaml(text);
  const base = { name: ProfileName.safeParse(given('name')).data, content: null, extends_line: lineOf(['extends']) };
  if (mistakes.length > 0) return { ...base, mistakes: mistakes.map((mistake) => ({ field: '', ...mistake })) };

  const checked = ProfileFile.safeParse(value ?? {});
  if (checked.success) return { ...base, content: checked.data, mistakes: [] };
  const found = fieldIssues(checked.error, (field) => insteadOf(field) ?? 'is not a field of a profile').map(
    ({ path, message }) => ({
      line: lineOf(path),
      field: path.join('.'),
      message,
    }),
  );
  return { ...base, mistakes: found };
}
