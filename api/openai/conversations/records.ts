/**
 * Lists of records by key. With a TTL a list is kept until nothing of it has changed for so long. Every step is done
 * wholly or not at all, whoever else works on the same list.
 */
export interface Records {
  /** All values of a list, in no order. */
  read(list: string): Promise<unknown[]>;
  get(list: string, key: string): Promise<unknown>;
  /** Keeps a value unless the key has one; answers the one that counts. */
  claim(list: string, key: string, value: unknown): Promise<unknown>;
  put(list: string, key: string, value: unknown): Promise<void>;
  remove(list: string, key: string): Promise<void>;
  close(): void;
}
