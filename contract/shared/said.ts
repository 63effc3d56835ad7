import type { AgentEvent } from './events.ts';

/** A complete part of an agent's answer, in whichever place it is written down. */
export type Said = Extract<AgentEvent, { type: 'thinking' | 'text' | 'tool_use' | 'tool_result' }>;

/** Whether an event is a part of what was said, whole. */
export const isSaid = (event: { type: string }): event is Said =>
  event.type === 'thinking' || event.type === 'text' || event.type === 'tool_use' || event.type === 'tool_result';
