import { z } from 'zod';
import { ProfileName } from '../contract/job.ts';
import { ClaudeSettings, toolRules } from './claude-settings.ts';
import { PLACEHOLDER, PLACEHOLDERS } from './template.ts';

const template = z
  .string()
  .max(65_536)
  .refine(
    (text) => [...text.matchAll(PLACEHOLDER)].every(([, name]) => PLACEHOLDERS.some((known) => known === name)),
    `may hold only these placeholders: ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')}`,
  );

/** What a profile.yml may say. */
export const ProfileFile = z
  .strictObject({
    name: ProfileName.optional().describe('The name of its folder or file when absent.'),
    description: z.string().max(1_000).optional(),
    extends: ProfileName.optional().describe('Profile that gives what this one does not say.'),
    claude: ClaudeSettings.optional(),
    append_prompt: template.optional(),
    deliver: z
      .enum(['pr', 'push', 'none'])
      .optional()
      .describe('What becomes of the commits: a pull request, a pushed branch alone, or nothing.'),
    auto_pr: z.boolean().optional().describe('true is `deliver: pr`, false is `deliver: push`.'),
    settings: z
      .strictObject({
        permissions: z.strictObject({ allow: toolRules.optional(), deny: toolRules.optional() }).optional(),
      })
      .optional(),
    sandbox: z.enum(['auto', 'required', 'off']).optional(),
    trust_repo: z
      .boolean()
      .optional()
      .describe("Whether the repository's own settings apply, with its hooks and what it makes of the model's key."),
    env: z
      .array(z.string().regex(/^[a-z_]\w*$/i, 'must be the name of a variable'))
      .optional()
      .describe("Variables of the worker's environment that the agent gets, too."),
  })
  .refine(({ deliver, auto_pr }) => deliver === undefined || auto_pr === undefined, {
    path: ['auto_pr'],
    message: 'must not stand beside deliver, which says the same',
  });
export type ProfileFile = z.infer<typeof ProfileFile>;
