import { Argument, type Command } from 'commander';
import { write } from '../output/streams.ts';

/** `agenticore completion`: the completion script for a shell. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('Print the completion script for a shell')
    .addArgument(new Argument('<shell>', 'shell to print the script for').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { commandTree } = await import('../completion/tree.ts');
      const { bashCompletion } = await import('../completion/bash.ts');
      const { fishCompletion } = await import('../completion/fish.ts');
      const { zshCompletion } = await import('../completion/zsh.ts');
      const scripts = { bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion };
      write(scripts[shell](commandTree(program)));
    });
}
