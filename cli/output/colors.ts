import { createColors } from 'picocolors';

/** Colours on a terminal that has them; NO_COLOR switches them off, FORCE_COLOR on. */
export const colors = createColors(wantsColors(process.env, process.stdout.isTTY === true));

function wantsColors(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}
