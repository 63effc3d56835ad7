import type { Place } from '../demo-place.ts';

/** What the agent of a job is told. */
export const TASK = 'fix it';

/** What the parts of the benchmark share. */
export interface Bench {
  place: Place;
  modelUrl: string;
  /** How many answers the model gives now, and gave at most at once; and how long it takes for each. */
  answering: { now: number; most: number; ms: number };
  /** Does `work` with a server of its own, which has these settings. */
  serving: <Result>(
    settings: Readonly<Record<string, string>>,
    work: (url: string) => Promise<Result>,
  ) => Promise<Result>;
}
