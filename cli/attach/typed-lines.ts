import type { Interface } from 'node:readline';

/** Lines that come closer to each other than this were pasted (milliseconds): nobody types as fast. */
const PASTED_MS = 30;

/**
 * Calls `submit` with each message that is typed: a line, several that were pasted at once, or those that end in a
 * backslash with the one after them. `entered` is called for each line.
 */
export function onMessages(lines: Interface, entered: () => void, submit: (text: string) => void): void {
  let held: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    // The end of what was pasted has no line end: it waits to be completed.
    if (lines.line !== '' || held.at(-1)?.endsWith('\\')) return;
    const text = held.map((line) => line.replace(/\\$/, '')).join('\n');
    held = [];
    submit(text);
  };
  lines.on('line', (line) => {
    entered();
    held.push(line);
    clearTimeout(timer);
    timer = setTimeout(flush, PASTED_MS);
  });
}
