import { z } from 'zod';
import type { Records } from './records.ts';

/** What is kept of a turn, from before its message is posted. */
export const ChatTurnRecord = z.object({
  /** The update that posts its message has it as its id, so however often that is sent, it is posted once. */
  key: z.string(),
  list: z.string(),
  /** Names all that was said up to its message, with it. */
  chain: z.string(),
  session_id: z.string(),
  /** How the session begins where this turn is its first: as a fork of another one after some runs, or as a new one. */
  begins: z.union([z.literal('new'), z.literal('continued'), z.object({ session_id: z.string(), runs: z.number() })]),
  /** The run of the session after which it goes on, and nobody else; null for a first turn. */
  after: z.object({ session_id: z.string(), run: z.number() }).nullable(),
  /** How many messages of the client's history before it the session knows. */
  told: z.number(),
  /** Whether it interrupts the answer that the session is giving. */
  steers: z.boolean(),
  /** The events of its run come after this one. */
  cursor: z.number(),
  /** Number of its run in the session; null until the message is posted. */
  run: z.number().nullable(),
  /** What the system message was, as a hash; null without one. */
  instructions: z.string().nullable(),
  /** The same of the turn that it goes on after. */
  parent_instructions: z.string().nullable(),
  /** Hashes of the texts under which a client may keep the answer; null while it is not known. */
  answers: z.array(z.string()).nullable(),
  /** Whether the message was refused: there is no run. */
  refused: z.boolean(),
  at: z.number(),
});
export type ChatTurnRecord = z.infer<typeof ChatTurnRecord>;

/** A turn whose message was posted. */
export type PostedTurn = ChatTurnRecord & { run: number };

export const isPosted = (turn: ChatTurnRecord): turn is PostedTurn => turn.run !== null;

const KeyRecord = z.object({ body_hash: z.string(), list: z.string(), key: z.string() });

/** What an Idempotency-Key was used for. */
export type KeyRecord = z.infer<typeof KeyRecord>;

/** The turns of conversations, in lists. */
export class TurnRecords {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** The turns of a list, oldest first. */
  async list(list: string): Promise<ChatTurnRecord[]> {
    const values = await this.#records.read(list);
    return values
      .flatMap((value) => ChatTurnRecord.safeParse(value).data ?? [])
      .sort((a, b) => a.at - b.at || a.key.localeCompare(b.key));
  }

  async get(list: string, key: string): Promise<ChatTurnRecord | undefined> {
    return ChatTurnRecord.safeParse(await this.#records.get(list, key)).data;
  }

  /** Keeps a turn unless there is one of its key; answers the one that counts. */
  async claim(turn: ChatTurnRecord): Promise<ChatTurnRecord> {
    return ChatTurnRecord.parse(await this.#records.claim(turn.list, turn.key, turn));
  }

  async put(turn: ChatTurnRecord): Promise<void> {
    await this.#records.put(turn.list, turn.key, turn);
  }

  /** A turn that is over before it began; others may go on where it was to. */
  async refuse(turn: ChatTurnRecord): Promise<void> {
    await this.put({ ...turn, refused: true });
    const { after } = turn;
    if (after !== null) await this.#records.put(`next:${after.session_id}`, String(after.run), null);
  }

  /** Claims to go on after a run of a session; only one turn may. */
  async claimNext({ session_id, run }: Pick<PostedTurn, 'session_id' | 'run'>, key: string): Promise<boolean> {
    const list = `next:${session_id}`;
    const first = await this.#records.claim(list, String(run), key);
    if (first === null) await this.#records.put(list, String(run), key);
    return first === null || first === key;
  }

  /** The id of the session that takes the place of one that is gone: the same one for all who ask. */
  async claimSubstitute(key: string, session: string): Promise<string> {
    return z.string().parse(await this.#records.claim(`substitute:${key}`, 'session', session));
  }

  async usedKey(name: string): Promise<KeyRecord | undefined> {
    return KeyRecord.safeParse(await this.#records.get(`key:${name}`, 'turn')).data;
  }

  async claimKey(name: string, use: KeyRecord): Promise<KeyRecord> {
    return KeyRecord.parse(await this.#records.claim(`key:${name}`, 'turn', use));
  }

  /** Uses a key for another turn: the one before was refused. */
  async reuseKey(name: string, use: KeyRecord): Promise<KeyRecord> {
    await this.#records.put(`key:${name}`, 'turn', use);
    return use;
  }
}
