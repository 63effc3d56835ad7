import type { CarriedText, Note } from '../../contract/workflow/session-state.ts';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import type { UserMessage } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';

/** What the agent is told in a turn: its notes, marked as such, and then the message. */
export async function turnMessage(
  { contents }: Pick<Deps, 'contents'>,
  { message, notes, spec }: Pick<TurnStep, 'message' | 'notes' | 'spec'>,
  timeout_s: number,
): Promise<UserMessage> {
  const said = await textOf(contents, message);
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

/** What the message, or an earlier one of the session, adds to the agent's system prompt. */
export const instructionsOf = async (
  { contents }: Pick<Deps, 'contents'>,
  { message: { instructions } }: Pick<TurnStep, 'message'>,
): Promise<string | undefined> => (instructions === undefined ? undefined : textOf(contents, instructions));

/** All of a text that may be kept apart. */
const textOf = async (
  contents: Deps['contents'],
  { text, content }: Partial<CarriedText>,
): Promise<string | undefined> => (content === undefined ? text : (await contents.get(content)).toString('utf8'));

const noteText = ({ role, text }: Note): string => `<note from="${role}">\n${text}\n</note>`;
