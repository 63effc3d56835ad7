/** What the template of a pull request may refer to. */
export const PULL_REQUEST_PLACEHOLDERS = [
  'TASK',
  'SUMMARY',
  'WARNINGS',
  'CHECKS',
  'COST',
  'JOB_ID',
  'JOB_URL',
  'PROFILE',
] as const;

/** What the message of a commit may refer to. */
export const COMMIT_PLACEHOLDERS = ['SUBJECT', 'TASK', 'JOB_ID', 'JOB_URL', 'PROFILE'] as const;

/** What counts as a placeholder, with its name as first group. */
export const PLACEHOLDER = /\{\{\s*([A-Z][A-Z0-9_]*)\s*\}\}/g;

/** `template` with its placeholders replaced. Values are data: a placeholder inside one is left as it is. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const known = new Map(Object.entries(values));
  return template.replace(PLACEHOLDER, (placeholder, name: string) => known.get(name) ?? placeholder);
}
