/** How often it is told (milliseconds): a fetch that is done before tells nothing. */
const TELL_EVERY_MS = 2_000;

const PROGRESS = /^(?:remote: )?([A-Z][\w ]*):\s+(\d+)% \([^)]*\)(?:, ([\d.]+ [KMG]?i?B)\b)?/;

/** What git says on stderr, less the lines in which it counts. */
export const withoutProgress = (stderr: string): string =>
  stderr
    .split(/[\r\n]+/)
    .filter((line) => !PROGRESS.test(line))
    .join('\n');

/**
 * Reads the stderr of `git fetch --progress` and tells now and then how far it is, such as
 * `receiving objects: 42 %, 12.50 MiB`.
 */
export function progressReader(tell: (text: string) => void, everyMs = TELL_EVERY_MS): (stderr: string) => void {
  let told = Date.now();
  let tail = '';
  return (stderr) => {
    const lines = (tail + stderr).split(/[\r\n]+/);
    tail = lines.pop() ?? '';
    const last = lines.findLast((line) => PROGRESS.test(line));
    if (last === undefined || Date.now() - told < everyMs) return;
    told = Date.now();
    const [, what = '', percent = '', size] = PROGRESS.exec(last) ?? [];
    tell(`${what.toLowerCase()}: ${percent} %${size === undefined ? '' : `, ${size}`}`);
  };
}
