const gone = new AbortController();

/** Aborts when stdout cannot be written any more: nobody reads the output. */
export const stdoutGone = gone.signal;

/** Exit code of a program that is ended by SIGPIPE, as other programs in a pipe are. */
const BROKEN_PIPE = 141;

/** Ends the program silently when the reader of its output goes away, and with an error when a disk is full. */
export function watchStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (stdoutGone.aborted) return;
    gone.abort();
    const quiet = error.code === 'EPIPE';
    if (!quiet) say(`error: The output cannot be written: ${error.code ?? error.message}.`);
    process.once('exit', () => (process.exitCode = quiet ? BROKEN_PIPE : 2));
  });
  process.stderr.on('error', () => undefined);
}

/** Writes text to stdout unchanged. */
export const write = (text: string): void => {
  if (!stdoutGone.aborted) process.stdout.write(text);
};

/** Prints a line of the result. */
export const print = (line: string): void => write(`${line}\n`);

/** Prints a line about the progress on stderr, where no program reads it. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);
