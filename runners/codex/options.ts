import { z } from 'zod';

const rules = z.array(z.string()).default([]);

/** What of a profile, or of a question, the driver itself must know: plain data in the invocation. */
export const CodexOptions = z.strictObject({
  model: z.string().optional(),
  effort: z.string().optional(),
  approval_policy: z.enum(['never', 'on-request', 'untrusted']).default('never'),
  sandbox_mode: z.enum(['danger-full-access', 'workspace-write', 'read-only']).default('danger-full-access'),
  web_search: z.boolean().default(false),
  /** `none`: the agent only talks. */
  tools: z.literal('none').optional(),
  trust_repo: z.boolean().default(false),
  permissions: z.object({ allow: rules, deny: rules }).prefault({}),
  /** Rules that count, besides `permissions`, where somebody is there to be asked. */
  approvals: z.object({ allow: rules, ask: rules, deny: rules }).prefault({}),
  max_turns: z.number().optional(),
  max_budget_usd: z.number().optional(),
  base_instructions: z.string().optional(),
  /** What the user should know of the profile. */
  warnings: z.array(z.string()).default([]),
  /** JSON schema of the answer. */
  output_schema: z.unknown().optional(),
});
export type CodexOptions = z.infer<typeof CodexOptions>;
