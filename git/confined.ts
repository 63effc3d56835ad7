import { startContained, type Containment } from '../processes/start-contained.ts';
import { killTree } from '../processes/tree.ts';

/**
 * Runs a command as the agent would: in its sandbox, with its environment. Resolves with the exit code whatever it is,
 * and leaves no process behind.
 */
export type RunConfined = (
  command: readonly string[],
  options: { cwd: string; input: string; signal?: AbortSignal | undefined; timeoutMs: number },
) => Promise<{ code: number; stdout: string; stderr: string }>;

const MAX_STDOUT = 1024 * 1024;

/**
 * Runs commands for `commitChanges` as the agent of job `marker` ran: in its containment and with exactly its
 * environment.
 */
export function confinedBy(containment: Containment, env: Record<string, string>, marker: string): RunConfined {
  return async ([file = '', ...args], { cwd, input, signal, timeoutMs }) => {
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
}
