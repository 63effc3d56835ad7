/** What a profile's append_prompt may refer to. */
export const PLACEHOLDERS = ['TASK', 'REPO_URL', 'BASE_REF', 'JOB_ID', 'PROFILE'] as const;

export type TemplateValues = Record<(typeof PLACEHOLDERS)[number], string>;

/** What counts as a placeholder, with its name as first group. */
export const PLACEHOLDER = /\{\{\s*([A-Z][A-Z0-9_]*)\s*\}\}/g;

/** `template` with its placeholders replaced. Values are data: a placeholder inside one is left as it is. */
export function fillTemplate(template: string, values: TemplateValues): string {
  const known = new Map<string, string>(Object.entries(values));
  return template.replace(PLACEHOLDER, (placeholder, name: string) => known.get(name) ?? placeholder);
}
