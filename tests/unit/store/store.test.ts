import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contents } from '../../../store/contents.ts';
import { FileStore } from '../../../store/file-store.ts';
import type { ObjectStore } from '../../../store/object-store.ts';
import { openStore } from '../../../store/open-store.ts';
import { signed } from '../../../store/s3-signature.ts';
import { S3Store } from '../../../store/s3-store.ts';
import { Transcripts } from '../../../store/transcripts.ts';
import { startS3Server, type S3Server } from '../../support/s3-server.ts';

let folder: string;
let s3: S3Server;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agenticore-store-'));
  s3 = await startS3Server();
});
afterEach(async () => {
  await s3.close();
  await rm(folder, { recursive: true });
});

const stores: [string, () => ObjectStore][] = [
  ['a folder', () => new FileStore(folder, { isShared: false })],
  ['a bucket', () => new S3Store({ url: `${s3.url}/some folder/`, ...s3.access })],
];

describe.each(stores)('%s', (_name, open) => {
  test('keeps objects by key until they are deleted', async () => {
    const store = open();
    expect(await store.get('a/b')).toBeUndefined();
    await store.put('a/b', Buffer.from('one'));
    await store.put('a/b', Buffer.from('two'));
    expect(String(await store.get('a/b'))).toBe('two');
    await store.delete('a/b');
    await store.delete('a/b');
    expect(await store.get('a/b')).toBeUndefined();
  });

  test('keeps a content by its digest, and gives out nothing else under it', async () => {
    const store = open();
    const contents = new Contents(store);
    const ref = await contents.put(Buffer.from('héllo'), 'text/plain');
    expect(ref).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: 6, media_type: 'text/plain' });
    expect(await contents.put(Buffer.from('héllo'), 'text/plain')).toEqual(ref);
    expect(String(await contents.get(ref))).toBe('héllo');
    await store.put(`contents/${ref.sha256.slice(0, 2)}/${ref.sha256}`, Buffer.from('other'));
    await expect(contents.get(ref)).rejects.toMatchObject({ type: 'content_not_found' });
    await expect(contents.get({ sha256: '../../turn.json' })).rejects.toMatchObject({ type: 'invalid_request' });
  });

  test('has the transcript of the last turn of a session, and of no earlier one', async () => {
    const store = open();
    const transcripts = new Transcripts<{ token: string; run: number }>(store);
    expect(await transcripts.last('s')).toBeUndefined();
    await transcripts.put('s', { token: 'a', run: 1 }, Buffer.from('one'));
    await transcripts.put('s', { token: 'b', run: 2 }, Buffer.from('two'));
    const last = await transcripts.last('s');
    expect(last).toEqual({ token: 'b', run: 2 });
    expect(String(await transcripts.get('s', { token: 'b' }))).toBe('two');
    expect(await transcripts.get('s', { token: 'a' })).toBeUndefined();
    await transcripts.delete('s');
    expect([await transcripts.last('s'), await transcripts.get('s', { token: 'b' })]).toEqual([undefined, undefined]);
  });
});

test('a folder that cannot be written is told as such, and no half of an object stays', async () => {
  await writeFile(join(folder, 'a'), 'a file');
  const store = new FileStore(folder, { isShared: true });
  await expect(store.put('a/b', Buffer.from('one'))).rejects.toMatchObject({ type: 'store_unavailable' });
  expect(await readdir(folder)).toEqual(['a']);
});

test('a bucket that refuses the key, is not there or does not answer is told as such', async () => {
  const wrong = new S3Store({ url: s3.url, ...s3.access, secretAccessKey: 'wrong' });
  await expect(wrong.get('a')).rejects.toMatchObject({
    type: 'store_unavailable',
    message: /403 SignatureDoesNotMatch/,
  });
  const absent = new S3Store({ url: `${new URL(s3.url).origin}/other`, ...s3.access });
  await expect(absent.get('a')).rejects.toMatchObject({ type: 'store_unavailable' });
  await s3.close();
  await expect(new S3Store({ url: s3.url, ...s3.access }).get('a')).rejects.toMatchObject({
    type: 'store_unavailable',
  });
});

test('a request is signed as the documentation of S3 shows', () => {
  const access = {
    region: 'us-east-1',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const at = new Date('2013-05-24T00:00:00Z');
  const signatureOf = (request: Parameters<typeof signed>[0]): string | undefined =>
    /Signature=(\w+)/.exec(signed(request, access, at).authorization ?? '')?.[1];
  const bucket = 'https://examplebucket.s3.amazonaws.com';
  expect(signatureOf({ method: 'GET', url: new URL(`${bucket}/test.txt`), headers: { range: 'bytes=0-9' } })).toBe(
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
  const headers = { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' };
  const body = Buffer.from('Welcome to Amazon S3.');
  expect(signatureOf({ method: 'PUT', url: new URL(`${bucket}/test$file.text`), headers, body })).toBe(
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  );
});

test('a bucket goes before a shared folder, and that before the data directory', () => {
  const settings = { dataDir: folder, sharedFsRoot: undefined, s3Url: undefined, s3Region: 'us-east-1' };
  const noKey = { s3AccessKeyId: undefined, s3SecretAccessKey: undefined };
  expect(openStore({ ...settings, ...noKey }).isShared).toBe(false);
  expect(openStore({ ...settings, ...noKey, sharedFsRoot: folder })).toBeInstanceOf(FileStore);
  const bucket = { ...settings, sharedFsRoot: folder, s3Url: s3.url };
  expect(() => openStore({ ...bucket, ...noKey })).toThrow('AGENTICORE_S3_ACCESS_KEY_ID');
  expect(openStore({ ...bucket, s3AccessKeyId: 'a', s3SecretAccessKey: 'b' })).toBeInstanceOf(S3Store);
});
