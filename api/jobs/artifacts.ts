import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { diffFile, MAX_DIFF_BYTES, shippedTranscript, transcriptFile } from '../../contract/shared/artifacts.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { ApiError } from '../http/api-error.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import { checkDisk } from '../events/source.ts';

/** The data directory of this process. */
export interface ArtifactStore {
  dataDir: string;
  /** Its identity. */
  disk: string;
  /** To which hosts send transcripts, where it is shared. */
  store: ObjectStore;
}

/**
 * What the agent of `job` said and did, as its CLI wrote it down: from this disk, else from the store to which the host
 * has sent it. Throws 404 `transcript_not_found` where none is kept.
 */
export async function openTranscript(
  { dataDir, disk, store }: ArtifactStore,
  job: JobRecord,
): Promise<NodeJS.ReadableStream> {
  if (job.session_id === null) throw missing(job, disk, 'transcript');
  const file = await tryOpen(transcriptFile(dataDir, job.id, job.session_id));
  if (file !== undefined) return file.createReadStream();
  const shipped = store.isShared ? await store.get(shippedTranscript(job.id, job.session_id)) : undefined;
  if (shipped === undefined) throw missing(job, disk, 'transcript');
  return Readable.from([shipped]);
}

/**
 * The text of what `job` delivered, and whether it was cut. Throws 404 `diff_not_found` where nothing was delivered.
 */
export async function readDiff(
  { dataDir, disk }: ArtifactStore,
  job: JobRecord,
): Promise<{ text: Buffer; cut: boolean }> {
  const file = job.branch === null ? undefined : await tryOpen(diffFile(dataDir, job.id));
  if (file === undefined) throw missing(job, disk, 'diff');
  try {
    const bytes = await file.readFile();
    return { text: bytes.subarray(0, MAX_DIFF_BYTES), cut: bytes.length > MAX_DIFF_BYTES };
  } finally {
    await file.close();
  }
}

async function tryOpen(path: string): Promise<FileHandle | undefined> {
  return open(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}

function missing(job: JobRecord, disk: string, what: 'transcript' | 'diff'): ApiError {
  checkDisk(job, disk, what);
  return new ApiError(`${what}_not_found`, `job ${job.id} has no ${what}`);
}
