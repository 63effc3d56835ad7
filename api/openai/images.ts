import { invalid } from '../http/api-error.ts';
import type { ChatImage } from './turn.ts';

/** Largest picture (bytes). */
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

/** What the first bytes of a picture are, by its type. */
const SIGNATURES: Readonly<Record<ChatImage['media_type'], RegExp>> = {
  'image/png': /^\x89PNG\r\n\x1a\n/,
  'image/jpeg': /^\xff\xd8\xff/,
  'image/gif': /^GIF8[79]a/,
  'image/webp': /^RIFF.{4}WEBP/s,
};

/** The picture at a data URL or at an http(s) one; throws 400, naming the field, where there is none that is taken. */
export async function readImage(url: string, field: string): Promise<ChatImage> {
  if (/^https?:\/\//i.test(url)) {
    const { fetchImage } = await import('./fetch-image.ts');
    return checked(await fetchImage(url, field, MAX_IMAGE_BYTES), field);
  }
  const [, data] = /^data:[^,]*;base64,([A-Za-z0-9+/]+={0,2})$/.exec(url) ?? [];
  if (data === undefined) throw invalid(field, 'must be an http(s) URL, or a data URL in base64');
  return checked(Buffer.from(data, 'base64'), field);
}

/** By what it is, not by what it is said to be. */
function checked(bytes: Buffer, field: string): ChatImage {
  if (bytes.length > MAX_IMAGE_BYTES) throw invalid(field, `must have at most ${MAX_IMAGE_BYTES / 1024 / 1024} MiB`);
  const beginning = bytes.toString('latin1', 0, 16);
  for (const media_type of Object.keys(SIGNATURES) as ChatImage['media_type'][])
    if (SIGNATURES[media_type].test(beginning)) return { media_type, data: bytes.toString('base64') };
  throw invalid(field, 'must be a picture: PNG, JPEG, GIF or WebP');
}
