import type { ContentPart } from '../../../contract/http/chat.ts';
import type { ResponseInputItem, ResponsePart, ResponseRequest } from '../../../contract/http/responses.ts';
import { invalid } from '../../http/api-error.ts';
import type { SentMessage } from '../parse-turn.ts';

const ROLES = ['system', 'developer', 'user', 'assistant'] as const;

/** An item of the input that counts: a message, or one that stands for an answer that is kept here. */
export type InputItem = { kind: 'message'; message: SentMessage } | { kind: 'reference'; id: string; field: string };

/** What an input says. Calls of tools, and the thinking of an agent, are passed over: the agent knows its own. */
export function inputItems(input: ResponseRequest['input']): InputItem[] {
  if (typeof input === 'string')
    return [{ kind: 'message', message: { role: 'user', content: input, field: 'input' } }];
  return input.flatMap((item, index) => readItem(item, `input.${index}`) ?? []);
}

function readItem({ type, role, id, content }: ResponseInputItem, field: string): InputItem | undefined {
  if (type === 'item_reference') {
    if (id == null) throw invalid(`${field}.id`, 'must be the id of an item');
    return { kind: 'reference', id, field: `${field}.id` };
  }
  if (type != null && type !== 'message') return undefined;
  const known = ROLES.find((each) => each === role);
  if (known === undefined) throw invalid(`${field}.role`, `must be one of ${ROLES.join(', ')}`);
  const parts = Array.isArray(content)
    ? content.map((part, at) => readPart(part, `${field}.content.${at}`))
    : (content ?? '');
  return { kind: 'message', message: { role: known, content: parts, field: `${field}.content` } };
}

function readPart({ type, text, refusal, image_url }: ResponsePart, field: string): ContentPart {
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: text ?? '' };
    case 'refusal':
      return { type: 'refusal', refusal: refusal ?? '' };
    case 'input_image':
      if (image_url == null) throw invalid(`${field}.image_url`, 'must be there: there are no files to refer to');
      return { type: 'image_url', image_url };
    default:
      throw invalid(`${field}.type`, 'must be input_text or input_image; the agent takes no other');
  }
}
