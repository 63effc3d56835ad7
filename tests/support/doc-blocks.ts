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

/** The only block of a document in that language that has `part`. */
function onlyBlock(language: string, part: string, file: string): string {
  const [block, ...more] = blocksOf(file).filter((each) => each.language === language && each.text.includes(part));
  if (block === undefined || more.length > 0) throw new Error(`${file} needs one block of ${language} with ${part}`);
  return block.text;
}

/** The only block of shell commands in a document that has `part`. */
export const commandsWith = (part: string, file: string): string => onlyBlock('bash', part, file);

/** The only query in a document that has `part`. */
export const sqlWith = (part: string, file: string): string => onlyBlock('sql', part, file);
