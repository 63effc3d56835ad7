import type { z } from 'zod';
import { ProfileName } from '../contract/http/job-request.ts';
import { fieldIssues, readYaml, type YamlText } from '../contract/http/yaml-text.ts';
import { insteadOf } from '../runners/sections.ts';
import { ProfileFile } from './schema.ts';

/** What is wrong, and where. */
export interface Mistake {
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
  const { content, mistakes, yaml } = parseFields(text, ProfileFile, 'a profile');
  const name = ProfileName.safeParse(yaml.given('name')).data;
  return { name, content, extends_line: yaml.lineOf(['extends']), mistakes };
}

/** The content of a YAML file is null where there are mistakes. */
export interface ParsedFields<File> {
  content: File | null;
  mistakes: Mistake[];
  yaml: YamlText;
}

/** Reads a YAML text with sections of agents in it; `what` is what has the fields. */
export function parseFields<File>(text: string, schema: z.ZodType<File>, what: string): ParsedFields<File> {
  const yaml = readYaml(text);
  const { value, mistakes, lineOf } = yaml;
  if (mistakes.length > 0)
    return { content: null, mistakes: mistakes.map((mistake) => ({ field: '', ...mistake })), yaml };
  const checked = schema.safeParse(value ?? {});
  if (checked.success) return { content: checked.data, mistakes: [], yaml };
  const found = fieldIssues(checked.error, (field) => insteadOf(field) ?? `is not a field of ${what}`).map(
    ({ path, message }) => ({ line: lineOf(path), field: path.join('.'), message }),
  );
  return { content: null, mistakes: found, yaml };
}
