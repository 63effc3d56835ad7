import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { deferred } from '../../contract/shared/deferred.ts';

/** A person's terminal: one block of shell commands after the other, what one exports or sets is there for the next. */
export interface Terminal {
  /** Runs the block to its end; gives what it printed. Throws, with that, when a command in it fails. */
  run(block: string): Promise<string>;
  /** Runs a block that goes on: resolves when it has printed `ready`. Throws when it ends before. */
  start(block: string, ready: RegExp): Promise<string>;
  /** Ends what still runs, as Ctrl-C does. */
  stop(): Promise<void>;
}

const STRICT = ['-e', '-o', 'pipefail', '-c'];

/** A terminal in the folder `cwd`, with this environment; `file` is where it keeps its variables between two blocks. */
export function openTerminal(cwd: string, env: Record<string, string>, file: string): Terminal {
  const running = new Map<ChildProcess, Promise<unknown>>();
  const begin = (block: string) => {
    const script = `[ ! -e '${file}' ] || . '${file}'\nset -a\n${block}\nexport -p > '${file}'`;
    const child = spawn('bash', [...STRICT, script], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = once(child, 'close');
    running.set(child, closed);
    void closed.then(() => running.delete(child));
    let said = '';
    let more = deferred();
    const hear = (text: string): void => {
      said += text;
      more.resolve();
      more = deferred();
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
    /** Resolves with whether there is more to hear. */
    const heard = (): Promise<boolean> => Promise.race([more.promise.then(() => true), closed.then(() => false)]);
    return { child, said: () => said, heard, closed };
  };
  return {
    async run(block) {
      const { child, said, closed } = begin(block);
      await closed;
      if (child.exitCode !== 0) throw new Error(`it ended with ${child.exitCode}:\n${block}\n${said()}`);
      return said();
    },
    async start(block, ready) {
      const { said, heard } = begin(block);
      while (!ready.test(said())) if (!(await heard())) throw new Error(`it ended:\n${block}\n${said()}`);
      return said();
    },
    async stop() {
      for (const { exitCode, pid } of running.keys())
        if (exitCode === null && pid !== undefined) process.kill(-pid, 'SIGINT');
      await Promise.all(running.values());
    },
  };
}
