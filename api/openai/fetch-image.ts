import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { isPrivateHost } from '../../contract/http/repo-host.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { invalid } from '../http/api-error.ts';

const TIMEOUT_MS = 10_000;

const MAX_REDIRECTS = 3;

/** Resolves a name to public addresses only; what is connected to is what was looked at. */
const publicOnly: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return done(error, []);
    const open = found.filter(({ address }) => !isPrivateHost(address));
    if (open.length === 0) return done(new Error(PRIVATE), []);
    if (options.all === true) return done(null, open);
    done(null, open[0]?.address ?? '', open[0]?.family);
  });
};

const PRIVATE = 'is on a private host';

/** Connects to the public internet only. */
const agent = new Agent({ connect: { lookup: publicOnly, timeout: TIMEOUT_MS } });

/**
 * The bytes at a URL of the public internet, at most `limit`; throws 400, naming the field. Redirects are held to the
 * same rules.
 */
export async function fetchImage(url: string, field: string, limit: number): Promise<Buffer> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    let at = new URL(url);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const found = await fetchAt(at, { field, limit, signal });
      if (Buffer.isBuffer(found)) return found;
      at = found;
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw invalid(field, (error as Error).message === PRIVATE ? PRIVATE : 'cannot be fetched', error);
  }
  throw invalid(field, 'leads elsewhere too often');
}

/** The bytes, or where they are. */
async function fetchAt(
  at: URL,
  { field, limit, signal }: { field: string; limit: number; signal: AbortSignal },
): Promise<Buffer | URL> {
  // A literal address is not looked up.
  if (!/^https?:$/.test(at.protocol) || isPrivateHost(at.hostname)) throw invalid(field, PRIVATE);
  const { statusCode, headers, body } = await request(at, { dispatcher: agent, signal });
  if (statusCode >= 300 && statusCode < 400 && typeof headers.location === 'string') {
    await body.dump();
    return new URL(headers.location, at);
  }
  if (statusCode !== 200) throw invalid(field, `cannot be fetched: its server answered ${statusCode}`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw invalid(field, `must have at most ${limit / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
