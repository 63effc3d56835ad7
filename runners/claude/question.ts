import type { Invocation, Question } from '../agent.ts';

/** The model where none is named. */
const SMALL_MODEL = 'haiku';

/** A second turn is for a model that has not answered in the form it was given. */
const MAX_TURNS = 2;

/** How often a model that does not answer is asked again: the CLI's own ten times take minutes. */
const RETRIES = '2';

/** Starts the CLI without tools, for one answer in the form of the schema. */
export const questionInvocation = ({ model = SMALL_MODEL, instructions, schema }: Question): Invocation => ({
  args: [
    `--model=${model}`,
    '--tools=',
    '--permission-mode=dontAsk',
    '--disable-slash-commands',
    '--no-session-persistence',
    `--max-turns=${MAX_TURNS}`,
    `--system-prompt=${instructions}`,
    `--json-schema=${schema}`,
  ],
  env: { CLAUDE_CODE_MAX_RETRIES: RETRIES },
  instructions: null,
  readable: [],
});
