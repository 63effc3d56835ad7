import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { signed, type S3Access } from '../../store/s3-signature.ts';

export interface S3Server {
  /** Address of the bucket. */
  url: string;
  access: S3Access;
  /** Settings with which it is the store. */
  env: Record<string, string>;
  /** What is in the bucket, by key. */
  objects: Map<string, Buffer>;
  close(): Promise<void>;
}

/** A bucket on loopback that takes only requests that are signed with its key, for what they carry, and just now. */
export async function startS3Server(secretAccessKey = 'test/secret+key'): Promise<S3Server> {
  const access = { region: 'eu-test-1', accessKeyId: 'TESTKEY', secretAccessKey };
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { method = '', url = '' } = request;
      const refuse = (status: number, code: string): unknown =>
        response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
      if (!isSigned(request, body, access)) return refuse(403, 'SignatureDoesNotMatch');
      const [, bucket, key = ''] = /^\/([^/]+)\/(.*)$/.exec(url) ?? [];
      if (bucket !== 'bucket') return refuse(404, 'NoSuchBucket');
      if (method === 'PUT') objects.set(key, body);
      if (method === 'DELETE') objects.delete(key);
      const found = objects.get(key);
      if (found === undefined && method !== 'DELETE') return refuse(404, 'NoSuchKey');
      return response.writeHead(method === 'DELETE' ? 204 : 200).end(method === 'GET' ? found : '');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/bucket`;
  return {
    ...{ url, access, objects },
    env: {
      ...{ AGENTICORE_S3_URL: url, AGENTICORE_S3_REGION: access.region },
      AGENTICORE_S3_ACCESS_KEY_ID: access.accessKeyId,
      AGENTICORE_S3_SECRET_ACCESS_KEY: access.secretAccessKey,
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isSigned({ method = '', url = '', headers }: IncomingMessage, body: Buffer, access: S3Access): boolean {
  const time = String(headers['x-amz-date']);
  const at = new Date(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const isNow = Math.abs(Date.now() - at.getTime()) < 60_000;
  const isWhole = headers['x-amz-content-sha256'] === createHash('sha256').update(body).digest('hex');
  const request = { method, url: new URL(url, `http://${headers.host ?? ''}`), body };
  return isNow && isWhole && headers.authorization === signed(request, access, at).authorization;
}
