/** One line of the result. */
export function row(name: string, value: string): void {
  console.log(`${name.padEnd(48)} ${value}`);
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

/** The median of milliseconds, with the least and the most. */
export const spread = (values: readonly number[]): string =>
  `${seconds(median(values))}   (${seconds(Math.min(...values))} to ${seconds(Math.max(...values))})`;

/** How the medians of two series relate. */
export const ratio = (ours: readonly number[], bare: readonly number[]): string =>
  `${(median(ours) / median(bare)).toFixed(2)} ×`;

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
