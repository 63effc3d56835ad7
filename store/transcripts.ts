import type { ObjectStore } from './object-store.ts';

/** What is known of the last turn of a session that was kept; the rest of it is the business of hosts. */
interface KeptTurn {
  /** Names the transcript that belongs to it. */
  token: string;
}

/**
 * The transcript of each session's agent after its last turn, so that any host can go on with it. Only of use where the
 * store is shared.
 */
export class Transcripts<Turn extends KeptTurn> {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  get isShared(): boolean {
    return this.#store.isShared;
  }

  /** The last turn; undefined where none was kept. */
  async last(session: string): Promise<Turn | undefined> {
    const text = await this.#store.get(turnKey(session));
    return text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as Turn);
  }

  /** Undefined where it is gone. */
  get(session: string, { token }: KeptTurn): Promise<Buffer | undefined> {
    return this.#store.get(transcriptKey(session, token));
  }

  /** Keeps a turn with its transcript in place of the one before: readers see one or the other, whole. */
  async put(session: string, turn: Turn, transcript: Uint8Array): Promise<void> {
    const before = await this.last(session);
    await this.#store.put(transcriptKey(session, turn.token), transcript);
    await this.#store.put(turnKey(session), Buffer.from(JSON.stringify(turn)));
    if (before !== undefined && before.token !== turn.token)
      await this.#store.delete(transcriptKey(session, before.token));
  }

  /** Removes what is kept of a session. */
  async delete(session: string): Promise<void> {
    const last = await this.last(session);
    if (last === undefined) return;
    await this.#store.delete(transcriptKey(session, last.token));
    await this.#store.delete(turnKey(session));
  }
}

const turnKey = (session: string): string => `sessions/${session}/turn.json`;
const transcriptKey = (session: string, token: string): string => `sessions/${session}/${token}.jsonl`;
