import { MAX_MESSAGE_TEXT_BYTES, type MessageBody } from '../../contract/http/session.ts';
import { defined } from '../../contract/shared/defined.ts';
import { MAX_INLINE_BYTES, type MessageRequest } from '../../contract/workflow/session-state.ts';
import { ApiError, invalid } from '../http/api-error.ts';
import { hashOf } from '../jobs/brief.ts';

/** What is said in a message of any kind. */
type Said = Pick<MessageBody, 'role' | 'text' | 'parts' | 'mode' | 'timeout'>;

/** A message as its session gets it. Throws 400 and 413, naming the field. */
export function messageRequest({ role, text, parts, mode, timeout }: Said): MessageRequest {
  const said = textOf(text, parts);
  const body_hash = hashOf({ role, text, parts, timeout });
  return { role, text: said, mode, body_hash, ...defined({ timeout_s: timeout }) };
}

function textOf(text: string | undefined, parts: MessageBody['parts']): string {
  if ((text === undefined) === (parts === undefined)) throw invalid('text', 'must be there, or parts in its place');
  const field = text === undefined ? 'parts' : 'text';
  const texts = (parts ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const said = text ?? texts.join('\n\n');
  if (said.trim() === '' && texts.length === (parts ?? []).length) throw invalid(field, 'must not be blank');
  checkLength(said, field, MAX_INLINE_BYTES);
  return said;
}

/** Refuses a text that is too long with 413, naming its field. */
export function checkLength(text: string, field: string, most = MAX_MESSAGE_TEXT_BYTES): void {
  if (Buffer.byteLength(text) > most)
    throw new ApiError('message_too_large', `${field}: is longer than ${most / 1024} KiB`, field);
}
