/** What users say, in words of their own in a message, about what is shown to them. */
import { ALL_SHOWN, type Visibility } from '../../../packages/package.ts';

/** All such words; what stands for them changes the setting in their order. */
const COMMANDS: Readonly<Record<string, Partial<Visibility>>> = {
  '/show-thinking': { thinking: true },
  '/hide-thinking': { thinking: false },
  '/show-tools': { tools: true },
  '/hide-tools': { tools: false },
  '/show-narration': { narration: true },
  '/hide-narration': { narration: false },
  '/show-final': { final: true },
  '/hide-final': { final: false },
  '/show-all': ALL_SHOWN,
  // The last words of an answer always come.
  '/hide-all': { thinking: false, tools: false, narration: false, final: true },
  '/stream-status': {},
};

const COMMAND = new RegExp(`(?<!\\S)(?:${Object.keys(COMMANDS).join('|')})(?!\\S)`, 'g');

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** A message without those words, and what they say; `found`: whether there were any. */
export interface Toggles {
  text: string;
  found: boolean;
  changes: Partial<Visibility>;
}

/** Takes the toggles out of `text`, and nothing else; what is in code fences is no toggle. */
export function readToggles(text: string): Toggles {
  let fence: string | undefined;
  const said: string[] = [];
  const lines = text.split('\n').map((line) => {
    const mark = FENCE.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined;
      return line;
    }
    fence = mark;
    if (mark !== undefined) return line;
    return line.replace(COMMAND, (command) => {
      said.push(command);
      return '';
    });
  });
  const changes = Object.assign({}, ...said.map((command) => COMMANDS[command])) as Partial<Visibility>;
  return { text: lines.join('\n'), found: said.length > 0, changes };
}
