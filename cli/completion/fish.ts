import { keyOf, type Node } from './tree.ts';

/** The fish script that completes the commands of `tree`. */
export function fishCompletion(tree: readonly Node[]): string {
  const below = tree.slice(1).map(({ path }) => quoted(keyOf(path)));
  return `# Completion of agenticore for fish. Load it by: agenticore completion fish | source
function __agenticore_at
    set -l at ''
    set -l given (commandline -opc)
    for word in $given[2..]
        switch "$at $word"
            case ${below.join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c agenticore -f
${tree.flatMap(lines).join('\n')}
`;
}

function lines({ path, words, options }: Node): string[] {
  const here = `complete -c agenticore -n ${quoted(`__agenticore_at ${quoted(keyOf(path))}`)}`;
  return [
    ...words.map(({ word, about }) => `${here} -a ${quoted(word)} -d ${quoted(about)}`),
    ...options.map(({ names, about, takesValue, values }) => {
      const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
      const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
      return `${here} ${flags.join(' ')}${value} -d ${quoted(about)}`;
    }),
  ];
}

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
