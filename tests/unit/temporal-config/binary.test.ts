import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { downloadTemporal, officialRelease } from '../../../temporal-config/dev-server/binary-download.ts';
import { findTemporal } from '../../../temporal-config/dev-server/binary.ts';
import { TEMPORAL_VERSION } from '../../../temporal-config/dev-server/version.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agenticore-binary-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that answers `--version` like the Temporal CLI with this server. */
const program = (path: string, server: string): string => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho "temporal version 9.9.9 (Server ${server}, UI 2.0.0)"\n`);
  chmodSync(file, 0o755);
  return file;
};
const cacheDir = (): string => join(folder, 'cache');
const cached = (): string => program(`cache/agenticore/bin/temporal-${TEMPORAL_VERSION}`, '1.29.1');
const find = (temporalBinary: string | undefined, path: string): Promise<string> =>
  findTemporal({ temporalBinary, cacheDir: cacheDir() }, { PATH: `${join(folder, path)}:/usr/bin:/bin` });

describe('findTemporal', () => {
  test('takes the chosen program before PATH, PATH before the cache, the cache before anything else', async () => {
    const [chosen, installed, kept] = [program('chosen', '1.30.0'), program('bin/temporal', '1.29.0'), cached()];
    await expect(find(chosen, 'bin')).resolves.toBe(chosen);
    await expect(find(undefined, 'bin')).resolves.toBe(installed);
    await expect(find(undefined, 'nowhere')).resolves.toBe(kept);
  });

  test('passes over a program on PATH whose server is too old', async () => {
    program('old/temporal', '1.28.2');
    const kept = cached();
    await expect(find(undefined, 'old')).resolves.toBe(kept);
  });

  test('refuses a chosen program that is missing, too old or something else, by the name of its variable', async () => {
    await expect(find(join(folder, 'missing'), '')).rejects.toThrow(
      /^AGENTICORE_TEMPORAL_BINARY .*missing\) is not an executable program/,
    );
    await expect(find(program('old', '1.27.9'), '')).rejects.toThrow('has server 1.27, which is older than 1.29');
    await expect(find('/bin/echo', '')).rejects.toThrow('is not the Temporal CLI');
  });
});

describe('downloadTemporal', () => {
  let server: Server;
  const serve = async (listener: RequestListener): Promise<string> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/temporal.tar.gz`;
  };
  afterEach(() => server.close().closeAllConnections());

  const archive = (): Buffer => {
    program('pack/temporal', '1.29.1');
    return spawnSync('tar', ['-czf', '-', '-C', join(folder, 'pack'), 'temporal']).stdout;
  };
  const target = (): string => join(folder, 'target');

  test('unpacks an archive that has the released checksum', async () => {
    const body = archive();
    const url = await serve((_request, response) => response.end(body));
    await downloadTemporal(target(), { url, sha256: createHash('sha256').update(body).digest('hex') });
    expect(spawnSync(target(), ['--version']).stdout.toString()).toContain('Server 1.29.1');
  });

  test('leaves nothing of an archive with another checksum', async () => {
    const body = archive();
    const url = await serve((_request, response) => response.end(body));
    const before = readdirSync(folder).length;
    await expect(downloadTemporal(target(), { url, sha256: 'f'.repeat(64) })).rejects.toThrow('not the released ffff');
    expect(existsSync(target())).toBe(false);
    expect(readdirSync(folder)).toHaveLength(before);
  });

  test('gives up within seconds where nothing answers, an error comes, or the bytes stop', async () => {
    const stalled = await serve((_request, response) => response.writeHead(200).write('some'));
    await expect(downloadTemporal(target(), { url: stalled, sha256: '' })).rejects.toThrow('sent nothing for 5 s');
    server.close().closeAllConnections();
    await expect(downloadTemporal(target(), { url: stalled, sha256: '' })).rejects.toThrow('cannot be reached (');
    const missing = await serve((_request, response) => response.writeHead(404).end());
    await expect(downloadTemporal(target(), { url: missing, sha256: '' })).rejects.toThrow('answers 404');
  });
});

test('the download, the build and the pinned sources are of one version', () => {
  const sources = readFileSync('temporal-config/server/go.mod', 'utf8');
  expect(/temporalio\/cli v([\d.]+)/.exec(sources)?.[1]).toBe(TEMPORAL_VERSION);
  expect(officialRelease('linux', 'x64')?.url).toContain(
    `/v${TEMPORAL_VERSION}/temporal_cli_${TEMPORAL_VERSION}_linux_amd64.tar.gz`,
  );
  expect(officialRelease('aix', 'ppc64')).toBeUndefined();
});
