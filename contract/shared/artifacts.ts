/** Most bytes of a job's diff that are kept; a kept file that is longer was cut. */
export const MAX_DIFF_BYTES = 1024 * 1024;

/** Where the transcripts of a job stay when it has ended. */
export const transcriptsDir = (dataDir: string, jobId: string): string => `${dataDir}/transcripts/${jobId}`;

/** Where the transcript of one of the job's sessions stays. */
export const transcriptFile = (dataDir: string, jobId: string, session: string): string =>
  `${transcriptsDir(dataDir, jobId)}/${session}.jsonl`;

/** The key under which it is in the store that hosts share. */
export const shippedTranscript = (jobId: string, session: string): string => `transcripts/${jobId}/${session}.jsonl`;

/** Where the text of what a job delivered stays; up to one byte more than MAX_DIFF_BYTES. */
export const diffFile = (dataDir: string, jobId: string): string => `${dataDir}/diffs/${jobId}.diff`;

/** Where the caches of setups are: a folder for each owner and repository, with one for each key. */
export const cachesDir = (dataDir: string): string => `${dataDir}/caches`;
