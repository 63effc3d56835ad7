import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/index.ts';

/** A block of a document between two fences. */
export interface Block {
  /** What stands after the opening fence: `bash`, `text` … */
  language: string;
  text: string;
  /** Why no test of the document runs it: the comment `<!-- not run: … -->` above it. */
  notRun: string | undefined;
}

const FENCED = /(?:<!-- not run: ([^>]*?) -->\s*)?^```(\w*)\n([^]*?)^```$/gm;

/** The blocks of a document of the package, in their order. */
export const blocksOf = (file: string): Block[] =>
  [...readFileSync(join(packageRoot, file), 'utf8').matchAll(FENCED)].map(([, notRun, language = '', text = '']) => ({
    language,
    text,
    notRun,
  }));

/** The only block of shell commands in a document that has `part`. */
export function commandsWith(part: string, file: string): string {
  const [block, ...more] = blocksOf(file).filter(({ language, text }) => language === 'bash' && text.includes(part));
  if (block === undefined || more.length > 0) throw new Error(`${file} needs one block of commands with ${part}`);
  return block.text;
}
