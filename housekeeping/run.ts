import type { AskFate } from './workflow-state.ts';
import type { GcItem, Planned } from './plan.ts';

/** What became of one thing that could go. */
export interface GcResult extends GcItem {
  /** False for one that came into use meanwhile, or could not be removed. */
  removed: boolean;
  /** Why it could not be removed. */
  error?: string;
}

/**
 * Removes what is planned, but for what came into use since; what fails stops nothing else. An abort ends it between
 * two things.
 */
export async function runGc(plan: readonly Planned[], ask: AskFate, signal?: AbortSignal): Promise<GcResult[]> {
  const results: GcResult[] = [];
  for (const { item, thing, spared } of plan) {
    if (signal?.aborted === true) break;
    const still = async (): Promise<boolean> =>
      spared ? (await thing.spare?.(ask)) === true : (await thing.due(ask)) !== null;
    try {
      results.push({ ...item, removed: await thing.remove(still) });
    } catch (error) {
      results.push({ ...item, removed: false, error: (error as Error).message });
    }
  }
  return results;
}
