import { keyOf, type Node } from './tree.ts';

/** The bash script that completes the commands of `tree`. */
export function bashCompletion(tree: readonly Node[]): string {
  const below = tree.slice(1).map(({ path }) => `'${keyOf(path)}'`);
  return `# Completion of agenticore for bash. Load it by: source <(agenticore completion bash)
_agenticore() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${below.join('|')}) at+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
${tree.flatMap(values).join('\n')}
  esac
  case "$at" in
${tree.map(branch).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _agenticore agenticore
`;
}

/** Completes the value of an option: its choices, or the completion that bash has itself. */
const values = ({ path, options }: Node): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(
      (option) =>
        `    ${option.names.map((name) => `'${keyOf(path)} ${name}'`).join('|')}) ` +
        `COMPREPLY=($(compgen -W '${option.values.join(' ')}' -- "$cur")); return ;;`,
    );

const branch = ({ path, words, options }: Node): string =>
  `    '${keyOf(path)}') words='${[...words.map(({ word }) => word), ...options.flatMap(({ names }) => names)].join(' ')}' ;;`;
