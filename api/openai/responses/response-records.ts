import { z } from 'zod';
import { TOOL_DISPLAYS } from '../../../contract/http/chat.ts';
import type { Records } from '../conversations/records.ts';

/** What is kept of a response beside its run: what the client has said, and how the answer is shown. */
export const ResponseRecord = z.object({
  model: z.string(),
  /** Unix seconds. */
  created_at: z.number(),
  background: z.boolean(),
  previous_response_id: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  /** Holds for this response alone. */
  instructions: z.string().nullable(),
  /** What system messages in its input, and in those before it, have said. */
  system: z.array(z.string()),
  show: z.object({ thinking: z.boolean(), tools: z.boolean(), narration: z.boolean(), final: z.boolean() }),
  tool_display: z.enum(TOOL_DISPLAYS),
  /** The events of its run come after this one. */
  cursor: z.number(),
});
export type ResponseRecord = z.infer<typeof ResponseRecord>;

/** The responses that can be read again, by owner and id. */
export class ResponseRecords {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** Keeps a response. What was said first of it stays: a run that goes on after a decision is the same response. */
  async keep(owner: string, id: string, record: ResponseRecord): Promise<void> {
    await this.#records.claim(listOf(owner, id), 'response', record);
  }

  async get(owner: string, id: string): Promise<ResponseRecord | undefined> {
    return ResponseRecord.safeParse(await this.#records.get(listOf(owner, id), 'response')).data;
  }

  async drop(owner: string, id: string): Promise<void> {
    await this.#records.put(listOf(owner, id), 'response', null);
  }

  close(): void {
    this.#records.close();
  }
}

const listOf = (owner: string, id: string): string => `response:${owner}:${id}`;
