import { LineCounter, isMap, isNode, isScalar, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { ProfileName } from '../contract/job.ts';
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

/**
 * Reads the text of a profile.yml. Aliases, tags that make more than plain data, and more than one document are
 * mistakes, as is every field that is not known.
 */
export function parseProfile(text: string): ParsedProfile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false });
  const lineAt = (offset: number | undefined): number | null =>
    offset === undefined ? null : lines.linePos(offset).line;
  const given = ProfileName.safeParse(document.get('name'));
  const extends_line = lineAt(offsetOf(document, ['extends']));
  const base = { name: given.data, content: null, extends_line };

  const mistakes = [...document.errors, ...document.warnings].map(({ pos: [offset], message }) => ({
    line: lineAt(offset),
    field: '',
    message: `is not plain YAML: ${message}`,
  }));
  visit(document, {
    Alias: (_key, { range }) => {
      mistakes.push({ line: lineAt(range?.[0]), field: '', message: 'must not use YAML aliases (*name)' });
      return visit.BREAK;
    },
  });
  if (mistakes.length > 0) return { ...base, mistakes };

  const checked = ProfileFile.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  if (checked.success) return { ...base, content: checked.data, mistakes: [] };
  const found = checked.error.issues.flatMap(fieldsOf).map(({ path, message }) => ({
    line: lineAt(offsetOf(document, path)),
    field: path.join('.'),
    message,
  }));
  return { ...base, mistakes: found };
}

interface FieldIssue {
  path: PropertyKey[];
  message: string;
}

/** The fields an issue is about: an unknown key is its own field, with a line of its own. */
function fieldsOf(issue: z.core.$ZodIssue): FieldIssue[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a field of a profile' }));
}

/** Where a field stands in the text; of what is missing, where it should stand. */
function offsetOf(document: Document, path: PropertyKey[]): number | undefined {
  if (path.length === 0) return document.contents?.range?.[0];
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = path.at(-1);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;
  const node: unknown = pair ? pair.key : document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : offsetOf(document, path.slice(0, -1));
}
