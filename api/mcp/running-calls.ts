/** What is read of a JSON-RPC message before the SDK has checked it. */
export type UncheckedMessage =
  | { method?: unknown; id?: unknown; params?: { name?: unknown; requestId?: unknown; capabilities?: unknown } | null }
  | undefined
  | null;

interface Call {
  owner: string;
  /** The client's; without one its calls cannot be identified, and end only with their connections. */
  session: string | undefined;
  /** The client's number of the request; a notification has none. */
  id: unknown;
}

/**
 * The calls under way in this process, by what their clients call them, so that a message of its own can cancel one.
 */
export class RunningCalls {
  readonly #ends = new Map<string, () => void>();

  /** Remembers how the call is ended; returns how it is forgotten. */
  add(call: Call, end: () => void): () => void {
    const key = keyOf(call);
    if (key === undefined) return () => undefined;
    this.#ends.set(key, end);
    return () => {
      if (this.#ends.get(key) === end) this.#ends.delete(key);
    };
  }

  /** Ends the call if it is under way here and of the same owner and session. */
  cancel(call: Call): void {
    const key = keyOf(call);
    if (key !== undefined) this.#ends.get(key)?.();
  }
}

const keyOf = ({ owner, session, id }: Call): string | undefined =>
  session === undefined || id === undefined ? undefined : JSON.stringify([owner, session, id]);
