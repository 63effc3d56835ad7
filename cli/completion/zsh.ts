import { keyOf, type Node } from './tree.ts';

/** The zsh script that completes the commands of `tree`. */
export function zshCompletion(tree: readonly Node[]): string {
  const below = tree.slice(1).map(({ path }) => quoted(keyOf(path)));
  return `#compdef agenticore
# Completion of agenticore for zsh. Load it by: source <(agenticore completion zsh)
_agenticore() {
  local at= word
  local -a found
  for word in \${words[2,CURRENT-1]}; do
    case "$at $word" in
      ${below.join('|')}) at+=" $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${tree.flatMap(values).join('\n')}
  esac
  case "$at" in
${tree.map(branch).join('\n')}
  esac
  _describe agenticore found
}
if [ "$funcstack[1]" = _agenticore ]; then _agenticore "$@"; else compdef _agenticore agenticore; fi
`;
}

/** After an option that takes a value come its values, or files. */
const values = ({ path, options }: Node): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map((option) => {
      const after = option.names.map((name) => quoted(`${keyOf(path)} ${name}`)).join('|');
      const given = option.values.map(quoted).join(' ');
      return `    ${after}) ${given === '' ? '_files' : `found=(${given}); _describe value found`}; return ;;`;
    });

function branch({ path, words, options }: Node): string {
  const flags = options.flatMap(({ names, about }) => names.map((word) => ({ word, about })));
  const all = [...words, ...flags].map(({ word, about }) => quoted(`${word.replaceAll(':', '\\:')}:${about}`));
  return `    ${quoted(keyOf(path))}) found=(${all.join(' ')}) ;;`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
