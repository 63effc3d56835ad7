import { z } from 'zod';

/** What of a profile, or of a question, the driver itself must know: plain data in the invocation. */
export const CodexOptions = z.strictObject({
  model: z.string().optional(),
  effort: z.string().optional(),
  approval_policy: z.enum(['never', 'on-request', 'untrusted']).default('never'),
  sandbox_mode: z.enum(['danger-full-access', 'workspace-write', 'read-only']).default('danger-full-access'),
  web_search: z.boolean().default(false),
  trust_repo: z.boolean().default(false),
  max_turns: z.number().optional(),
  max_budget_usd: z.number().optional(),
  base_instructions: z.string().optional(),
  /** What the user should know of the profile. */
  warnings: z.array(z.string()).default([]),
  /** JSON schema of the answer. */
  output_schema: z.unknown().optional(),
});
export type CodexOptions = z.infer<typeof CodexOptions>;
