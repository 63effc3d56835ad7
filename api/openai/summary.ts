import type { TurnReading } from './render/reading.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { BegunTurn, ClaimedTurn } from './turn.ts';

/** What a turn came to, beside the answer. */
export const summaryOf = (
  begun: BegunTurn,
  reading: TurnReading,
  { terminal_reason }: { terminal_reason: string | null },
): object => ({
  session_id: begun.session_id,
  run_id: begun.run_id,
  cli_session_id: reading.cli_session_id,
  cost_usd: reading.cost_usd,
  num_turns: reading.num_turns,
  terminal_reason,
  cursor: reading.cursor,
  final_text_chars: [...(reading.texts.at(-1) ?? '')].length,
});

/** What is shown in a conversation, as clients are told it. */
export const shownSettings = ({ thinking, tools, narration, final }: BegunTurn['show']): object => ({
  show_thinking: thinking,
  show_tools: tools,
  show_text: narration || final,
  show_narration: narration,
  show_final: final,
});

/** Headers by which a client knows what answers it. */
export const turnHeaders = ({
  session_id,
  run_id,
  tier,
}: Pick<ClaimedTurn, 'session_id' | 'run_id' | 'tier'>): Record<string, string> =>
  defined({
    'x-agenticore-session-id': session_id,
    'x-agenticore-run-id': run_id,
    'x-agenticore-conversation-tier': tier,
  });

/** Id of the completion that a run is. */
export const completionId = (run_id: string): string => `chatcmpl-${run_id}`;
