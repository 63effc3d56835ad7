const gone = new AbortController();

/** Aborts when stdout cannot be written any more: what would be said has no reader. */
export const stdoutGone = gone.signal;

/** Exit code of a program that is ended by SIGPIPE, as other programs in a pipe are. */
const BROKEN_PIPE = 141;

/** Lets the program end quietly when a reader of its output goes away, and with a sentence when a disk is full. */
export function watchStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (stdoutGone.aborted) return;
    gone.abort();
    const quiet = error.code === 'EPIPE';
    if (!quiet) say(`error: the output cannot be written (${error.code ?? error.message})`);
    process.once('exit', () => (process.exitCode = quiet ? BROKEN_PIPE : 2));
  });
  process.stderr.on('error', () => undefined);
}

/** Writes to stdout as it is. */
export const write = (text: string): void => {
  if (!stdoutGone.aborted) process.stdout.write(text);
};

/** A line of what was asked for. */
export const print = (line: string): void => write(`${line}\n`);

/** A line about what is going on; never what a program would read. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);
