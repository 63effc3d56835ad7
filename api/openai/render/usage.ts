import type { ChatUsage } from '../../../contract/http/chat.ts';
import type { Usage } from '../../../contract/shared/events.ts';

/** Tokens as chat clients count them. */
export function chatUsage(usage: Usage): ChatUsage {
  const { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens } = usage;
  const prompt_tokens = input_tokens + cache_read_tokens + cache_creation_tokens;
  return {
    prompt_tokens,
    completion_tokens: output_tokens,
    total_tokens: prompt_tokens + output_tokens,
    prompt_tokens_details: { cached_tokens: cache_read_tokens },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
