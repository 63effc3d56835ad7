import { MAX_MESSAGE_TEXT_BYTES, type MessageBody } from '../../contract/http/session.ts';
import { defined } from '../../contract/shared/defined.ts';
import { MAX_INLINE_BYTES, type CarriedText, type MessageRequest } from '../../contract/workflow/session-state.ts';
import type { Contents } from '../../store/contents.ts';
import { ApiError, invalid } from '../http/api-error.ts';
import { hashOf } from '../jobs/brief.ts';

/** What is said in a message of any kind. */
type Said = Pick<MessageBody, 'role' | 'text' | 'parts' | 'mode' | 'timeout'>;

/** Longest text that starts no run (bytes): the agent is told of it beside the next message. */
const MAX_NOTE_BYTES = 8 * 1024;

/** Characters of a text in the store that its session shows. */
const SHOWN = 2 * 1024;

/**
 * A message as its session gets it; a long text and pictures are kept in `contents`. Throws 400 and 413, naming the
 * field.
 */
export async function messageRequest(contents: Contents, message: Said): Promise<MessageRequest> {
  const { role, text, parts, mode, timeout } = message;
  const said = textOf(text, parts);
  const field = text === undefined ? 'parts' : 'text';
  const pictures = (parts ?? []).flatMap((part) => (part.type === 'image' ? [part] : []));
  if (role !== 'user' && pictures.length > 0) throw invalid('parts', 'must be text where the role is not user');
  checkLength(said, field, role === 'user' ? MAX_MESSAGE_TEXT_BYTES : MAX_NOTE_BYTES);
  const images = await Promise.all(
    pictures.map(({ data, media_type }) => contents.put(Buffer.from(data, 'base64'), media_type)),
  );
  return {
    role,
    mode,
    body_hash: hashOf({ role, text, parts, timeout }),
    ...(await carried(contents, said)),
    ...(images.length > 0 && { images }),
    ...defined({ timeout_s: timeout }),
  };
}

/** A text as it travels by Temporal: itself, or its beginning and where all of it is kept. */
export async function carried(contents: Contents, text: string): Promise<CarriedText> {
  if (Buffer.byteLength(text) <= MAX_INLINE_BYTES) return { text };
  return { text: text.slice(0, SHOWN), content: await contents.put(Buffer.from(text), 'text/plain') };
}

function textOf(text: string | undefined, parts: MessageBody['parts']): string {
  if ((text === undefined) === (parts === undefined)) throw invalid('text', 'must be there, or parts in its place');
  const texts = (parts ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const said = text ?? texts.join('\n\n');
  const isPicture = texts.length < (parts ?? []).length;
  if (said.trim() === '' && !isPicture) throw invalid(text === undefined ? 'parts' : 'text', 'must not be blank');
  return said;
}

/** Refuses a text that is too long with 413, naming its field. */
export function checkLength(text: string, field: string, most: number): void {
  if (Buffer.byteLength(text) > most)
    throw new ApiError('message_too_large', `${field}: is longer than ${most / 1024} KiB`, field);
}
