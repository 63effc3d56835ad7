import type { FinishSetupStep } from '../contract/workflow/command-steps.ts';
import { saveCache } from './setup-cache.ts';
import type { Step } from './step.ts';

/** Keeps the cache of a setup whose commands have passed. */
export const finishSetup: Step<FinishSetupStep, { warnings: string[] }> = async ({ settings }, step, _seat, signal) => {
  const { save } = step;
  return { warnings: save === undefined ? [] : await saveCache(settings, { ...step, ...save }, signal) };
};
