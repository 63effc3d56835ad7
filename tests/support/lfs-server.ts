import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The LFS server of the repositories of a git server: the batch API, and a store for each repository. */
export interface LfsServer {
  /** Objects by repository and id, such as `origin.git`. */
  stores: Map<string, Map<string, Buffer>>;
  /** What was uploaded, in order, as `repository oid`. */
  uploads: string[];
  /** Every request for objects to upload is answered with this status, or each object with this error. */
  refuse: (how: { status?: number; object?: number } | undefined) => void;
  /** Whether it has answered; false where the request is not for it. */
  handle: (request: IncomingMessage, response: ServerResponse) => boolean;
}

interface Batch {
  operation: 'download' | 'upload';
  objects: { oid: string; size: number }[];
}

const JSON_TYPE = { 'content-type': 'application/vnd.git-lfs+json' };

/** Real protocol, in memory. */
export function createLfsServer(): LfsServer {
  const stores: LfsServer['stores'] = new Map();
  const uploads: string[] = [];
  let refused: { status?: number; object?: number } | undefined;
  const storeOf = (repo: string): Map<string, Buffer> => {
    const store = stores.get(repo) ?? new Map<string, Buffer>();
    stores.set(repo, store);
    return store;
  };
  const send = (response: ServerResponse, status: number, body: object): void =>
    void response.writeHead(status, JSON_TYPE).end(JSON.stringify(body));

  const batch = (repo: string, base: string, { operation, objects }: Batch, response: ServerResponse): void => {
    const isUpload = operation === 'upload';
    if (isUpload && refused?.status !== undefined)
      return send(response, refused.status, { message: 'refused by the test' });
    const answers = objects.map(({ oid, size }) => {
      const isThere = storeOf(repo).has(oid);
      const to = { href: `${base}/store/${oid}` };
      if (isUpload && refused?.object !== undefined)
        return { oid, size, error: { code: refused.object, message: 'object refused by the test' } };
      if (isUpload) return isThere ? { oid, size } : { oid, size, actions: { upload: to } };
      return isThere
        ? { oid, size, actions: { download: to } }
        : { oid, size, error: { code: 404, message: 'no object' } };
    });
    send(response, 200, { transfer: 'basic', objects: answers });
  };

  const store = (repo: string, oid: string, method: string, body: Buffer, response: ServerResponse): void => {
    const found = storeOf(repo).get(oid);
    if (method === 'GET')
      return void (found === undefined ? response.writeHead(404).end() : response.writeHead(200).end(found));
    if (createHash('sha256').update(body).digest('hex') !== oid) return void response.writeHead(422).end();
    storeOf(repo).set(oid, body);
    uploads.push(`${repo} ${oid}`);
    response.writeHead(200).end();
  };

  const answer = async (request: IncomingMessage, response: ServerResponse, path: RegExpExecArray): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, prefix = '', repo = '', what = ''] = path;
    const [, oid] = /^store\/([0-9a-f]{64})$/.exec(what) ?? [];
    if (what === 'objects/batch')
      batch(repo, `http://${String(request.headers.host)}${prefix}`, JSON.parse(body.toString()) as Batch, response);
    else if (oid !== undefined) store(repo, oid, request.method ?? '', body, response);
    else send(response, 404, { message: 'no such thing' });
  };

  return {
    ...{ stores, uploads },
    refuse: (how) => void (refused = how),
    handle(request, response) {
      const path = /^(\/(.+)\/info\/lfs)\/(.+)$/.exec((request.url ?? '').split('?')[0] ?? '');
      if (path !== null) void answer(request, response, path);
      return path !== null;
    },
  };
}
