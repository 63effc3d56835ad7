import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transcriptFile } from '../../contract/shared/artifacts.ts';
import type { Said } from '../../contract/shared/said.ts';
import { findTranscript, readTranscript } from '../../runners/transcripts.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import { Transcripts } from '../../store/transcripts.ts';

interface Place {
  dataDir: string;
  store: ObjectStore;
}

interface Wanted {
  /** The session, or job. */
  id: string;
  agentSession: string;
  /** Whether the data directory has its files. */
  isHere: boolean;
}

/**
 * What the transcript of the agent's session says: the one that the agent writes, the one that was kept of a job, or
 * the one that was kept for other hosts. Undefined where there is none that this server can read.
 */
export async function saidOnDisk(
  { dataDir, store }: Place,
  { id, agentSession, isHere }: Wanted,
): Promise<{ said: Said[]; keepsCalls: boolean } | undefined> {
  const text =
    (isHere ? await fromFiles(dataDir, id, agentSession) : undefined) ?? (await fromStore(store, id, agentSession));
  return text === undefined ? undefined : readTranscript(text);
}

/** Of a session that goes on the agent's own file, of one that has ended the one that was kept. */
async function fromFiles(dataDir: string, id: string, agentSession: string): Promise<string | undefined> {
  const own = await findTranscript(join(dataDir, 'jobs', id, 'agent'), agentSession);
  return readFile(own ?? transcriptFile(dataDir, id, agentSession), 'utf8').catch(() => undefined);
}

async function fromStore(store: ObjectStore, id: string, agentSession: string): Promise<string | undefined> {
  if (!store.isShared) return undefined;
  const transcripts = new Transcripts<{ token: string; agent_session?: string }>(store);
  const last = await transcripts.last(id);
  if (last?.agent_session !== agentSession) return undefined;
  return (await transcripts.get(id, last))?.toString('utf8');
}
