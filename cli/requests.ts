import { defined } from '../contract/shared/defined.ts';

/** The fields of a request among the options of a command: commander names `repo_url` as `repoUrl`. */
export function fieldsOf(fields: readonly string[], options: object): Record<string, unknown> {
  const given: Record<string, unknown> = { ...options };
  return defined(Object.fromEntries(fields.map((field) => [field, given[optionOf(field)]])));
}

const optionOf = (field: string): string => field.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());

/** What is defined of a query, as the part of a URL after the question mark. */
export function searchOf(query: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.toString();
}
