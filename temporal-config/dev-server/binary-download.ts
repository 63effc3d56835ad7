import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startProgress, type ProgressLine } from './progress.ts';
import { TEMPORAL_VERSION } from './version.ts';

/** An archive with the program `temporal` in it, and the SHA-256 that the archive must have. */
export interface Release {
  url: string;
  sha256: string;
}

/** SHA-256 of the release's archives: pinned here, so that no change on the server's side goes unseen. */
const ARCHIVES: Readonly<Record<string, string>> = {
  linux_amd64: 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  linux_arm64: 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  darwin_amd64: 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  darwin_arm64: 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
};

/** A download that does not begin or goes silent for so long is given up. */
const SILENCE_MS = 5_000;

/** The official release for a platform; undefined where there is none. */
export function officialRelease(platform: string, arch: string): Release | undefined {
  const name = `${platform}_${arch === 'x64' ? 'amd64' : arch}`;
  const sha256 = ARCHIVES[name];
  const url = `https://github.com/temporalio/cli/releases/download/v${TEMPORAL_VERSION}/temporal_cli_${TEMPORAL_VERSION}_${name}.tar.gz`;
  return sha256 === undefined ? undefined : { url, sha256 };
}

/**
 * Puts the release's program at `target`. Gives up when 5 s pass without a byte. Throws, leaving nothing behind, when
 * the archive cannot be had or is not the one that was released.
 */
export async function downloadTemporal(target: string, release: Release | undefined): Promise<void> {
  if (release === undefined) throw new Error(`there is no release for ${process.platform} on ${process.arch}`);
  const folder = await mkdtemp(join(dirname(target), '.download-'));
  const progress = startProgress(`Downloading Temporal ${TEMPORAL_VERSION}`);
  try {
    const archive = join(folder, 'temporal.tar.gz');
    const sha256 = await fetchTo(archive, release.url, progress);
    if (sha256 !== release.sha256)
      throw new Error(`the archive has SHA-256 ${sha256}, not the released ${release.sha256}`);
    await unpack(archive, folder);
    await chmod(join(folder, 'temporal'), 0o755);
    await rename(join(folder, 'temporal'), target);
    progress.done('done');
  } catch (error) {
    progress.done(`failed, ${(error as Error).message}`);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes what `url` answers to `file`; returns its SHA-256. */
async function fetchTo(file: string, url: string, progress: ProgressLine): Promise<string> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const hash = createHash('sha256');
  let bytes = 0;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh();
      hash.update(chunk);
      progress.update(`${((bytes += chunk.length) / 1e6).toFixed(0)} MB`);
      done(null, chunk);
    },
  });
  try {
    const response = await fetch(url, { signal: silence.signal });
    if (!response.ok || response.body === null) throw new Error(`${new URL(url).host} answers ${response.status}`);
    await pipeline(Readable.fromWeb(response.body as never), watch, createWriteStream(file), {
      signal: silence.signal,
    });
    return hash.digest('hex');
  } catch (error) {
    throw silence.signal.aborted
      ? new Error(`${new URL(url).host} sent nothing for ${SILENCE_MS / 1_000} s`)
      : reachable(error, url);
  } finally {
    clearTimeout(timer);
  }
}

/** What fetch hides in its cause. */
function reachable(error: unknown, url: string): Error {
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  return cause === undefined
    ? (error as Error)
    : new Error(`${new URL(url).host} cannot be reached (${cause.code ?? cause.message})`);
}

async function unpack(archive: string, folder: string): Promise<void> {
  const tar = spawn('tar', ['-xzf', archive, '-C', folder, 'temporal'], { stdio: 'ignore' });
  const [code] = (await once(tar, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the archive cannot be unpacked with tar');
}
