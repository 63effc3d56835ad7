import type { Command, Option } from 'commander';

/** A word that can come next, and its description. */
interface Word {
  word: string;
  about: string;
}

/** One command as far as completion knows it. */
export interface Node {
  /** The words that lead to it, without the program's name. */
  path: readonly string[];
  /** Its commands, and the values that its argument may have. */
  words: Word[];
  options: { names: string[]; about: string; takesValue: boolean; values: string[] }[];
}

/** The program and all its commands, each before those below it. */
export function commandTree(command: Command, path: readonly string[] = []): Node[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const values = command.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((word) => ({ word, about: description })),
  );
  const node: Node = {
    path,
    words: [...commands.map((each) => ({ word: each.name(), about: each.description() })), ...values],
    options: help.visibleOptions(command).map(optionOf),
  };
  // The built-in `help` is no command of ours: it has nothing below it.
  const below = commands.filter((each) => command.commands.includes(each));
  return [node, ...below.flatMap((each) => commandTree(each, [...path, each.name()]))];
}

const optionOf = ({ short, long, description, required, optional, argChoices }: Option): Node['options'][number] => ({
  names: [short, long].filter((name) => name !== undefined),
  about: description,
  takesValue: required || optional,
  values: argChoices ?? [],
});

/** How a shell script knows a command: its words, each with a space before it. */
export const keyOf = (path: readonly string[]): string => path.map((word) => ` ${word}`).join('');
