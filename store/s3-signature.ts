import { createHash, createHmac } from 'node:crypto';

/** Who asks, and where. */
export interface S3Access {
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

interface S3Request {
  method: string;
  url: URL;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The headers of `request` with those of AWS Signature Version 4, which every store with the API of S3 takes. */
export function signed(request: S3Request, access: S3Access, at = new Date()): Record<string, string> {
  const time = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const payload = sha256(request.body ?? '');
  const own = { ...request.headers, 'x-amz-content-sha256': payload, 'x-amz-date': time };
  const all = { ...own, host: request.url.host };
  const names = Object.keys(all).sort();
  const lines = Object.entries(all)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim()}\n`);
  const list = names.join(';');
  const canonical = [request.method, canonicalPath(request.url), '', lines.join(''), list, payload].join('\n');
  const scope = `${time.slice(0, 8)}/${access.region}/s3/aws4_request`;
  const signature = hmac(keyOf(access, scope), [ALGORITHM, time, scope, sha256(canonical)].join('\n')).toString('hex');
  const credential = `Credential=${access.accessKeyId}/${scope}`;
  return { ...own, authorization: `${ALGORITHM} ${credential},SignedHeaders=${list},Signature=${signature}` };
}

/** A key that is good for one day, one region and one service. */
const keyOf = ({ secretAccessKey }: S3Access, scope: string): Buffer =>
  scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secretAccessKey}`));

/** Everything but letters, digits and `-._~` is escaped. */
const canonicalPath = ({ pathname }: URL): string =>
  decodeURIComponent(pathname)
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
