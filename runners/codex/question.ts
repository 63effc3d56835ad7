import type { Invocation, Question } from '../agent.ts';
import type { CodexOptions } from './options.ts';

/** Starts the CLI for one answer in the form of the schema. It has no shell. */
export const questionInvocation = ({ model, instructions, schema }: Question): Invocation => {
  const options: Partial<CodexOptions> = {
    ...(model === undefined ? {} : { model }),
    effort: 'low',
    approval_policy: 'never',
    sandbox_mode: 'read-only',
    base_instructions: instructions,
    output_schema: JSON.parse(schema) as unknown,
    max_turns: 2,
  };
  return { args: ['-c', 'features.shell_tool=false'], env: {}, instructions: null, readable: [], options };
};
