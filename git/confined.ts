import { Failure } from '../contract/shared/failures.ts';
import { redact } from '../contract/shared/redact.ts';
import { startContained, type Containment } from '../processes/start-contained.ts';
import { killTree } from '../processes/tree.ts';
import { inSpan } from '../telemetry/in-span.ts';

/**
 * Runs a command as the agent would: in its sandbox, with its environment. Resolves with the exit code whatever it is,
 * and leaves no process behind.
 */
export type RunConfined = (
  command: readonly string[],
  options: { cwd: string; input: string; signal?: AbortSignal | undefined; timeoutMs: number },
) => Promise<{ code: number; stdout: string; stderr: string }>;

/** Flags of git for programs of the shell that run confined: nothing that an agent planted is to be run by it. */
export const INERT = '-c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0';

/** Removes the locks of a git that was killed with the agent: each of them stops the next git. */
export const REMOVE_LOCKS = "find .git -name '*.lock' -type f -not -path '.git/objects/??/*' -delete";

/** The end of what git said, for a sentence. */
export const quoteOf = (stderr: string): string => redact(stderr).trim().slice(-600);

/** Why the agent's work could not be committed. */
export const notCommitted = (type: 'disk_full' | 'agent_failed', stderr: string): Failure =>
  new Failure(
    type,
    `The agent's work could not be committed; it is kept in the worktree. git says: ${quoteOf(stderr)}`,
  );

interface Shell {
  /** The program of the shell, and its arguments from $1. */
  text: string;
  args: readonly string[];
  cwd: string;
  input?: string;
  signal?: AbortSignal | undefined;
  timeoutMs: number;
  /** What has failed, as a sentence, if it does. */
  failure: string;
}

/** What a program of the shell prints, run confined; fails `internal` with what git says. */
export async function runShell(confined: RunConfined, shell: Shell): Promise<string> {
  const { text, args, input = '', failure, ...options } = shell;
  const { code, stdout, stderr } = await confined(['/bin/sh', '-c', text, 'sh', ...args], { input, ...options });
  if (code === 0) return stdout;
  throw new Failure('internal', `${failure} git says: ${quoteOf(stderr)}`);
}

const MAX_STDOUT = 1024 * 1024;

/**
 * Runs commands for `commitChanges` as the agent of job `marker` ran: in its containment and with exactly its
 * environment.
 */
export function confinedBy(containment: Containment, env: Record<string, string>, marker: string): RunConfined {
  const runConfined: RunConfined = async ([file = '', ...args], { cwd, input, signal, timeoutMs }) => {
    signal?.throwIfAborted();
    const running = await startContained({ file, args, cwd, env, marker }, containment);
    const kill = (): void => void killTree(running);
    const timer = setTimeout(kill, timeoutMs);
    signal?.addEventListener('abort', kill, { once: true });
    try {
      running.stdin.end(input);
      let stdout = '';
      for await (const line of running.lines) {
        if (stdout.length < MAX_STDOUT) stdout += `${line}\n`;
      }
      const { code } = await running.exited;
      signal?.throwIfAborted();
      return { code: code ?? 137, stdout, stderr: running.stderrTail() };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      await killTree(running);
    }
  };
  return (command, options) =>
    inSpan('git, confined', {}, async (span) => {
      const ran = await runConfined(command, options);
      span?.setAttribute('agenticore.git.exit_code', ran.code);
      return ran;
    });
}
