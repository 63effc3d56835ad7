import { Argument, type Command } from 'commander';
import { write } from '../output/streams.ts';

/** `agenticore completion`: the script by which a shell completes this command line. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('Print the script by which a shell completes this command line')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { commandTree } = await import('../completion/tree.ts');
      const { bashCompletion } = await import('../completion/bash.ts');
      const { fishCompletion } = await import('../completion/fish.ts');
      const { zshCompletion } = await import('../completion/zsh.ts');
      const scripts = { bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion };
      write(scripts[shell](commandTree(program)));
    });
}
