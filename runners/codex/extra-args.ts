/** Options of `codex app-server` with a value. */
const TAKEN: Readonly<Record<string, string>> = {
  '-c': '-c',
  '--config': '-c',
  '--enable': '--enable',
  '--disable': '--disable',
};

/** Options of the other commands of Codex that are settings, too. */
const SETTINGS: Readonly<Record<string, string>> = { '-m': 'model', '--model': 'model' };

/** Options of the other commands with a value, which means nothing here. */
const WITH_VALUE = new Set([
  '--color',
  '-C',
  '--cd',
  '-i',
  '--image',
  '-o',
  '--output-last-message',
  '--output-schema',
  '--add-dir',
]);

/** Which field of a profile says the same, where one does. */
const FIELDS: Readonly<Record<string, string>> = {
  '-p': 'profile',
  '--profile': 'profile',
  '-s': 'sandbox_mode',
  '--sandbox': 'sandbox_mode',
  '-a': 'approval_policy',
  '--ask-for-approval': 'approval_policy',
};

/** The arguments that `codex app-server` takes, and a sentence for each that has no effect. */
export function appServerArgs(words: readonly string[]): { args: string[]; warnings: string[] } {
  const args: string[] = [];
  const warnings: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [name = '', joined] = word.startsWith('--') ? split(word) : [word];
    const hasValue = [TAKEN, SETTINGS, FIELDS].some((names) => Object.hasOwn(names, name)) || WITH_VALUE.has(name);
    const value = hasValue ? (joined ?? rest.shift() ?? '') : '';
    const option = TAKEN[name];
    const setting = SETTINGS[name];
    if (option !== undefined) args.push(option, value);
    else if (setting !== undefined) args.push('-c', `${setting}=${JSON.stringify(value)}`);
    else warnings.push(ignored(name));
  }
  return { args, warnings };
}

function ignored(name: string): string {
  const field = FIELDS[name];
  const instead = field === undefined ? '' : `: say \`${field}\` in the section codex of the profile`;
  return `The argument ${name} for Codex has no effect${instead}.`;
}

/** `--name=value` in its parts. */
function split(word: string): [name: string, value?: string] {
  const at = word.indexOf('=');
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
