const QUIET_MS = 10_000;

/** Tells a person at the terminal, on stderr, how far something slow has come. */
export interface ProgressLine {
  /** What is going on now; on a terminal it replaces the line before, elsewhere it shows at most every 10 s. */
  update(text: string): void;
  /** Ends the line, with what came of it. */
  done(text: string): void;
}

/** A progress line on stderr that begins with `title`. */
export function startProgress(title: string): ProgressLine {
  const { stderr } = process;
  const startedAt = Date.now();
  const line = (text: string): string => `${title}: ${text} (${elapsed(Date.now() - startedAt)})`;
  let shown = 0;
  return {
    update(text) {
      if (stderr.isTTY) stderr.write(`\r\x1b[K${line(text)}`);
      else if (Date.now() - shown >= QUIET_MS) {
        shown = Date.now();
        stderr.write(`${line(text)}\n`);
      }
    },
    done(text) {
      stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}${line(text)}\n`);
    },
  };
}

function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
