import type { Usage } from '../../contract/shared/events.ts';
import type { TokenUsageBreakdown } from './protocol.ts';

/** US dollars for a million tokens of a model. */
export interface Price {
  input: number;
  cached: number;
  output: number;
}

export type Prices = Readonly<Record<string, Price>>;

/** The CLI counts what comes from the cache, and what goes there, as input. */
export const usageOf = (tokens: TokenUsageBreakdown): Usage => ({
  input_tokens: tokens.inputTokens - tokens.cachedInputTokens - tokens.cacheWriteInputTokens,
  output_tokens: tokens.outputTokens,
  cache_read_tokens: tokens.cachedInputTokens,
  cache_creation_tokens: tokens.cacheWriteInputTokens,
});

/** What `usage` costs; null without a price, since the CLI itself never tells. */
export function costOf(usage: Usage, price: Price | undefined): number | null {
  if (price === undefined) return null;
  const input = usage.input_tokens + usage.cache_creation_tokens;
  return (input * price.input + usage.cache_read_tokens * price.cached + usage.output_tokens * price.output) / 1e6;
}
