import type { Conversation } from './conversation.ts';
import type { Part, Reply } from './reply.ts';
import type { Script } from './scripted-model.ts';

/**
 * One step of an agent: what it says before (optional) and the shell command it runs, or what it waits for before it
 * goes on.
 */
interface ScriptedStep {
  say?: string;
  command: string;
  /** The model answers only when this settles. */
  hold?: Promise<unknown>;
}

interface FixingAgent {
  /** Files to write, by path in the worktree; written first, in order. */
  edits?: Record<string, string>;
  /** What is run after that, in order. */
  commands?: (string | ScriptedStep)[];
  /** The agent's last words. */
  summary?: string;
}

/**
 * A model that edits files, runs commands and says what it did. What is done is read from the conversation: a step
 * whose command has a result is not asked for again, so a resumed agent does what is left. A command that fails is not
 * repeated either.
 */
export function fixingAgent({ edits = {}, commands = [], summary = 'All done.' }: FixingAgent): Script {
  const steps: ScriptedStep[] = [
    ...Object.entries(edits).map(([path, text]) => ({ say: `I write ${path}.`, command: writeFile(path, text) })),
    ...commands.map((step) => (typeof step === 'string' ? { command: step } : step)),
  ];
  return async (conversation) => {
    const next = steps.find((step) => !isDone(conversation, step.command));
    await next?.hold;
    return next === undefined ? { text: summary } : bash(next.command, next.say);
  };
}

/** Answers one reply after the other, counted by the tool calls that have a result; the last one for ever. */
export function inOrder(...replies: Reply[]): Script {
  return ({ calls }) => {
    const done = calls.filter(({ result }) => result !== undefined).length;
    return replies[Math.min(done, replies.length - 1)] ?? { text: 'ok' };
  };
}

/** The call of the agent's Bash tool, with words before it. */
export function bash(command: string, say?: string): Part[] {
  const call = { tool: 'Bash', input: { command, description: 'Run a command' } };
  return say === undefined ? [call] : [{ text: say }, call];
}

function isDone({ calls }: Conversation, command: string): boolean {
  return calls.some(
    ({ input, result }) =>
      result !== undefined && (input as { command?: string }).command === command && !wasCutOff(result),
  );
}

/** A call that was under way when its agent died: the CLI makes up a result for it when the session is resumed. */
const wasCutOff = ({ content, is_error }: { content: string; is_error: boolean }): boolean =>
  is_error && /interrupted|rejected|aborted|doesn't want to/i.test(content);

/** A shell command that writes `text` to `path`; it ends with a line end. */
function writeFile(path: string, text: string): string {
  const body = text.endsWith('\n') ? text : `${text}\n`;
  return `mkdir -p "$(dirname '${path}')" && cat > '${path}' <<'END_OF_FILE'\n${body}END_OF_FILE`;
}
