import { z } from 'zod';
import { ProfileFile } from '../profiles/schema.ts';
import { TOOL_DISPLAYS } from './package.ts';

const { description, agent, claude, codex, stall_timeout, settings, approvals, sandbox, env } = ProfileFile.shape;

/** What a command.yml may say: of a profile what an agent without a repository can use, and how it chats. */
export const CommandFile = z.strictObject({
  description,
  agent,
  claude,
  codex,
  stall_timeout,
  settings,
  approvals,
  sandbox,
  env,
  capabilities: z.array(z.string()).optional().describe('Accepted without effect.'),
  chat: z
    .strictObject({
      tool_display: z.enum(TOOL_DISPLAYS).optional().describe('How tool calls are shown: `reasoning` when absent.'),
      on_disconnect: z
        .enum(['interrupt', 'continue'])
        .optional()
        .describe('What becomes of a turn whose reader is gone: it ends when absent.'),
      show: z
        .strictObject({
          thinking: z.boolean().optional(),
          tools: z.boolean().optional(),
          narration: z.boolean().optional(),
          final: z.boolean().optional(),
        })
        .optional()
        .describe('What a reader is shown who has set nothing: all of it when absent.'),
    })
    .optional(),
});
export type CommandFile = z.infer<typeof CommandFile>;
