import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/index.ts';

/** A block of README.md between two fences. */
export interface Block {
  /** What stands after the opening fence: `bash`, `text` … */
  language: string;
  text: string;
  /** Why no test of the README runs it: the comment `<!-- not run: … -->` above it. */
  notRun: string | undefined;
}

const FENCED = /(?:<!-- not run: ([^>]*?) -->\s*)?^```(\w*)\n([^]*?)^```$/gm;

/** The blocks of README.md, in their order. */
export const readmeBlocks = (): Block[] =>
  [...readFileSync(join(packageRoot, 'README.md'), 'utf8').matchAll(FENCED)].map(
    ([, notRun, language = '', text = '']) => ({
      language,
      text,
      notRun,
    }),
  );
