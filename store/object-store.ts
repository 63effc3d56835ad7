/** Keeps objects by key: contents of messages, and transcripts of agents' sessions. */
export interface ObjectStore {
  /** Whether every host reaches what is kept, and not only those of one data directory. */
  readonly isShared: boolean;
  /** Keeps `bytes` under `key`, in place of what was there, at once as far as others can see. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Undefined where nothing is kept under `key`. Throws `store_unavailable` where that cannot be told. */
  get(key: string): Promise<Buffer | undefined>;
  /** One that is gone is no error. */
  delete(key: string): Promise<void>;
}
