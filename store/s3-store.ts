import { Failure } from '../contract/shared/failures.ts';
import type { ObjectStore } from './object-store.ts';
import { signed, type S3Access } from './s3-signature.ts';

/** How long one request may take (milliseconds). */
const LIMIT_MS = 60_000;

interface S3Options extends S3Access {
  /** Address of the bucket, and of a folder in it: `https://<host>/<bucket>[/<folder>]`. */
  url: string;
}

/** Objects in a bucket of a store with the API of S3, which all hosts reach. */
export class S3Store implements ObjectStore {
  readonly isShared = true;
  readonly #options: S3Options;

  constructor(options: S3Options) {
    this.#options = options;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#ask('PUT', key, bytes);
  }

  async get(key: string): Promise<Buffer | undefined> {
    const found = await this.#ask('GET', key);
    return found && Buffer.from(await found.arrayBuffer());
  }

  async delete(key: string): Promise<void> {
    await this.#ask('DELETE', key);
  }

  /** Undefined for 404; throws `store_unavailable` for every other answer that is none. */
  async #ask(method: string, key: string, body?: Uint8Array): Promise<Response | undefined> {
    const url = new URL(`${this.#options.url.replace(/\/+$/, '')}/${key}`);
    const request = { method, url, ...(body !== undefined && { body }) };
    const headers = signed(request, this.#options);
    const limit = AbortSignal.timeout(LIMIT_MS);
    const answer = await fetch(url, { method, headers, body: body ?? null, signal: limit }).catch((cause: unknown) => {
      const { message } = ((cause as Error).cause ?? cause) as Error;
      throw new Failure('store_unavailable', `The store at ${url.origin} does not answer: ${message}.`, { cause });
    });
    if (answer.ok) return answer;
    const said = await answer.text();
    if (answer.status === 404 && !said.includes('NoSuchBucket')) return undefined;
    const why = /<Code>(.*?)<\/Code>/.exec(said)?.[1] ?? answer.statusText;
    throw new Failure('store_unavailable', `The store refused ${method} ${url.href}: ${answer.status} ${why}.`);
  }
}
