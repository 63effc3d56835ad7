/** What a profile's append_prompt may refer to. */
export const PLACEHOLDERS = ['TASK', 'REPO_URL', 'BASE_REF', 'JOB_ID', 'PROFILE'] as const;

export type TemplateValues = Record<(typeof PLACEHOLDERS)[number], string>;
