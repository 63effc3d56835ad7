import { readScript } from './shell-script.ts';

/** Programs that run what stands in their arguments. */
const RUNNERS = new Set(
  'env sudo doas nohup nice time timeout xargs command exec builtin eval find watch sh bash dash zsh ksh'.split(' '),
);
/** What may stand before a command: a variable, or a word of the shell. */
const BEFORE = /^(?:\w+=.*|!|if|then|elif|else|while|until|do)$/s;
/** How deep scripts inside of scripts are read. */
const MAX_DEPTH = 3;

/**
 * Whether `script` has a command for which `pattern` was written: also inside of another one, or where a shell makes it
 * while it runs. One that is well hidden is not seen.
 */
export function mayRun(script: string, pattern: string): boolean {
  const fits = fitting(pattern);
  return fits(script.trim()) || commandsIn(script, 0).some(fits);
}

/** Whether all that `script` runs fits one of the patterns; one whose text does not tell it does not fit. */
export function runsOnly(script: string, patterns: readonly string[]): boolean {
  const { commands, isPlain } = readScript(script);
  const all = patterns.map(fitting);
  return isPlain && commands.length > 0 && commands.every((words) => all.some((fits) => fits(words.join(' '))));
}

function commandsIn(script: string, depth: number): string[] {
  return readScript(script).commands.flatMap((words) => {
    const begin = words.findIndex((word) => !BEFORE.test(word));
    const [program = '', ...args] = begin === -1 ? [] : words.slice(begin);
    const own = [program, ...args].join(' ');
    if (!RUNNERS.has(program.slice(program.lastIndexOf('/') + 1))) return [own];
    const scripts = depth < MAX_DEPTH ? args.filter((arg) => /\s/.test(arg)) : [];
    const later = args.map((_, at) => args.slice(at).join(' '));
    return [own, ...later, ...scripts.flatMap((arg) => commandsIn(arg, depth + 1))];
  });
}

/**
 * `git status` is that command alone, `git push:*` and `git push *` are with any arguments, and a star elsewhere stands
 * for any text.
 */
function fitting(pattern: string): (command: string) => boolean {
  const [, prefix] = /^(.*?)(?::\*| \*)$/s.exec(pattern) ?? [];
  const text = (prefix ?? pattern).replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const whole = new RegExp(`^${text}${prefix === undefined ? '' : '(?: .*)?'}$`, 's');
  return (command) => whole.test(command);
}
