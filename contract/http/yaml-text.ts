import { LineCounter, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import type { z } from 'zod';

/** A read YAML text. */
export interface YamlText {
  /** Plain data; undefined where there are mistakes. An empty text is null. */
  value: unknown;
  /**
   * Where it is not plain YAML: aliases, tags that make more than data, and more than one document are mistakes, too.
   */
  mistakes: { line: number | null; message: string }[];
  /** What a field at the top says, also where there are mistakes elsewhere. */
  given: (key: string) => unknown;
  /** Line of a field, from 1; of what is missing, where it should stand. */
  lineOf: (path: readonly PropertyKey[]) => number | null;
}

/** Reads YAML that people write by hand. Never throws. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false });
  const lineAt = (offset: number | undefined): number | null =>
    offset === undefined ? null : lines.linePos(offset).line;
  const mistakes = [...document.errors, ...document.warnings].map(({ pos: [offset], message }) => ({
    line: lineAt(offset),
    message: `is not plain YAML: ${message}`,
  }));
  visit(document, {
    Alias: (_key, { range }) => {
      mistakes.push({ line: lineAt(range?.[0]), message: 'must not use YAML aliases (*name)' });
      return visit.BREAK;
    },
  });
  return {
    value: mistakes.length > 0 ? undefined : (document.toJS({ maxAliasCount: 0 }) as unknown),
    mistakes,
    given: (key) => document.get(key),
    lineOf: (path) => lineAt(offsetOf(document, path)),
  };
}

/** Where a field stands in the text; of what is missing, where it should stand. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  if (path.length === 0) return document.contents?.range?.[0];
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const node = nodeAt(parent, path.at(-1)) ?? document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : offsetOf(document, path.slice(0, -1));
}

function nodeAt(parent: unknown, name: PropertyKey | undefined): Node | undefined {
  const found = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === name)?.key : undefined;
  const item = isSeq(parent) && typeof name === 'number' ? parent.items[name] : undefined;
  return [found, item].find(isNode);
}

interface FieldIssue {
  path: PropertyKey[];
  message: string;
}

/** The fields an error is about: an unknown key is its own field, of which `unknown` says what is wrong. */
export function fieldIssues(error: z.ZodError, unknown: (key: string) => string): FieldIssue[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key], message: unknown(key) }))
      : [{ path: issue.path, message: issue.message }],
  );
}
