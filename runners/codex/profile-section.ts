import { z } from 'zod';
import { MAX_TIMEOUT_S, ModelName } from '../../contract/http/job-request.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { ProfileSection } from '../profile-section.ts';
import { CodexOptions } from './options.ts';

/** Longest text of instructions, in characters. */
const MAX_PROMPT = 100_000;

/** `codex` in a profile.yml. */
const CodexFile = z.strictObject({
  model: ModelName.optional(),
  effort: z
    .string()
    .regex(/^[a-z]+$/, 'must be an effort that the model knows, such as high')
    .optional()
    .describe('`model_reasoning_effort` of Codex.'),
  approval_policy: CodexOptions.shape.approval_policy
    .unwrap()
    .optional()
    .describe('Which commands Codex asks for: none, those that leave its sandbox, or all; `never` when absent.'),
  sandbox_mode: CodexOptions.shape.sandbox_mode
    .unwrap()
    .optional()
    .describe("Codex's own sandbox, inside of agenticore's; `danger-full-access`, which is none, when absent."),
  web_search: z.boolean().optional().describe("Whether the model's provider may search the web."),
  developer_instructions: z.string().min(1).max(MAX_PROMPT).optional().describe("Added to Codex's own instructions."),
  max_turns: z.number().int().min(1).max(100_000).optional().describe('How often the model may be asked.'),
  max_budget_usd: z.number().positive().optional().describe('Needs a price of the model: AGENTICORE_CODEX_PRICES.'),
  profile: z
    .string()
    .regex(/^\w[\w-]*$/, 'must be the name of a profile of Codex')
    .optional()
    .describe("Codex's own profile: `<name>.config.toml` in AGENTICORE_CODEX_CONFIG_DIR."),
  extra_args: z
    .array(z.string().refine((word) => !word.includes('\0'), 'must not contain NUL'))
    .optional()
    .describe('Further arguments for Codex; those that `codex app-server` does not take cost a warning.'),
  timeout: z.number().int().min(1).max(MAX_TIMEOUT_S).optional().describe('Seconds.'),
});

export type CodexFileSection = z.infer<typeof CodexFile>;

/** What a profile says of Codex, with everything it takes from its parents. */
export type CodexSettings = Omit<CodexFileSection, 'timeout' | 'extra_args'> &
  Pick<CodexOptions, 'tools'> & { extra_args: string[] };

/** Settings of Codex that are not fields, and what to write instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  model_reasoning_effort: 'say effort',
  base_instructions: 'say developer_instructions',
  mcp_servers: 'put MCP servers into .mcp.json',
};

// Its own profile and arguments could bring servers.
const readOnly = ({ profile: _profile, ...settings }: CodexSettings): CodexSettings => ({
  ...settings,
  extra_args: [],
  sandbox_mode: 'read-only',
  approval_policy: 'never',
  web_search: false,
});

export const codexSection: ProfileSection<CodexFileSection, CodexSettings> = {
  schema: CodexFile,
  insteadOf: (field) =>
    Object.hasOwn(INSTEAD, field) ? `is not a field of a profile: ${INSTEAD[field] ?? ''}` : undefined,
  combine: (files) => {
    const { timeout: _timeout, ...said } = files.reduce((earlier, later) => ({ ...earlier, ...later }), {});
    return { ...said, extra_args: files.flatMap((file) => file.extra_args ?? []) };
  },
  timeoutOf: (files) => files.findLast(({ timeout }) => timeout !== undefined)?.timeout ?? null,
  override: (settings, { model = settings.model, max_budget_usd = settings.max_budget_usd }) => ({
    ...settings,
    ...defined({ model, max_budget_usd }),
  }),
  readOnly,
  withoutTools: (settings) => ({ ...readOnly(settings), tools: 'none' }),
  facts: ({ model = null, max_turns = null, approval_policy = 'never', effort = null }) => ({
    model,
    max_turns,
    permission_mode: approval_policy,
    effort,
  }),
};
