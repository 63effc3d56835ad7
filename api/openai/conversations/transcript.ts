import type { ChatMessage } from '../turn.ts';

/** Longest transcript (characters): a model's context has an end. Of a longer one the newest messages stay. */
const MAX_TRANSCRIPT = 400_000;

const NAMES = { user: 'User', assistant: 'Assistant' } as const;

/** What a session is told of a conversation that it has not been in, together with what is said now. */
export function withTranscript(before: readonly ChatMessage[], last: ChatMessage): ChatMessage {
  if (before.length === 0) return last;
  const lines: string[] = [];
  let room = MAX_TRANSCRIPT;
  for (const message of before.toReversed()) {
    const line = render(message);
    room -= line.length;
    if (room < 0) {
      lines.unshift('[what was said before this is left out]');
      break;
    }
    lines.unshift(line);
  }
  const told = `The conversation so far:\n\n<conversation>\n${lines.join('\n\n')}\n</conversation>\n\nThe user says now:\n\n`;
  return { ...last, text: told + last.text, images: [...before.flatMap(({ images }) => images), ...last.images] };
}

function render({ role, text, images }: ChatMessage): string {
  const pictures = images.length === 0 ? '' : ` [with ${images.length} pictures, which are attached]`;
  return `${NAMES[role === 'assistant' ? 'assistant' : 'user']}${pictures}: ${text}`;
}
