import { defined } from '../../../contract/shared/defined.ts';
import type { BusyMode, MessageRequest } from '../../../contract/workflow/session-state.ts';
import type { Contents } from '../../../store/contents.ts';
import { carried } from '../../sessions/message.ts';
import type { ChatMessage } from '../turn.ts';

/** How a message of a chat is posted. */
interface Terms {
  mode: BusyMode;
  body_hash: string;
  /** What the system message says, where that is new to the session. */
  instructions: string | undefined;
  timeout_s: number | undefined;
}

/** A message of a chat as its session gets it. */
export async function chatMessage(
  contents: Contents,
  { text, images }: ChatMessage,
  { mode, body_hash, instructions, timeout_s }: Terms,
): Promise<MessageRequest> {
  const pictures = await Promise.all(
    images.map(({ data, media_type }) => contents.put(Buffer.from(data, 'base64'), media_type)),
  );
  return {
    ...{ role: 'user', mode, body_hash },
    ...(await carried(contents, text)),
    ...(pictures.length > 0 && { images: pictures }),
    ...(instructions !== undefined && { instructions: await carried(contents, instructions) }),
    ...defined({ timeout_s }),
  };
}
