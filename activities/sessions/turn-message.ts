import type { Note } from '../../contract/workflow/session-state.ts';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import type { UserMessage } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';

/** What the agent is told in a turn: its notes, marked as such, and then the message. */
export async function turnMessage(
  { contents }: Pick<Deps, 'contents'>,
  { message, notes, timeout_s, spec }: Pick<TurnStep, 'message' | 'notes' | 'timeout_s' | 'spec'>,
): Promise<UserMessage> {
  const said = message.content === undefined ? message.text : (await contents.get(message.content)).toString('utf8');
  const images = await Promise.all(
    (message.images ?? []).map(async (image) => ({
      media_type: image.media_type,
      data: (await contents.get(image)).toString('base64'),
    })),
  );
  return {
    id: message.id,
    text: [...notes.map(noteText), said ?? ''].join('\n\n'),
    ...(images.length > 0 && { images }),
    // While somebody decides the agent cannot go on.
    timeoutMs: (timeout_s + (spec.approvals === 'ask' ? spec.approval_timeout_s : 0)) * 1_000,
  };
}

const noteText = ({ role, text }: Note): string => `<note from="${role}">\n${text}\n</note>`;
