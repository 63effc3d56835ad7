import { z } from 'zod';

/** These become arguments of a command line: none may look like an option. */
const TOOL = /^[a-z]\w*$/i;
const TOOL_RULE = /^[a-z][\w*-]*(\([^\n\0]*\))?$/i;

/** A list, or one text with commas; commas in parentheses do not count. */
const listOf = (name: RegExp, what: string): z.ZodType<string[]> =>
  z
    .union([z.array(z.string()), z.string().transform((text) => text.split(/,(?![^(]*\))/).map((rule) => rule.trim()))])
    .refine((rules) => rules.every((rule) => name.test(rule)), what);

export const toolNames = listOf(TOOL, 'must list built-in tools, such as Read');
export const toolRules = listOf(TOOL_RULE, 'must list tools, such as Read or Bash(git *)');
