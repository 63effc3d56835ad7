import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { read } from './answers.ts';
import type { ForgeCommit, TreeChange } from './forge.ts';
import type { Ask } from './github-client.ts';
import { failed, type ForgeScope } from './http.ts';

const Made = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const MadeCommit = Made.extend({ verification: z.object({ verified: z.boolean(), reason: z.string().optional() }) });

/** What of a file is sent with its folder, and how much in one call (bytes). */
const MAX_TEXT = 100_000;
const MAX_CALL = 2_000_000;
const MAX_ENTRIES = 500;

interface At {
  owner: string;
  repo: string;
}

/**
 * Makes a commit that GitHub signs for its App: one that names no author and no committer. Answers its id; fails
 * `signing_failed` where it has other files, or is not signed.
 */
export async function makeGitHubCommit(ask: Ask, at: At, commit: ForgeCommit, scope: ForgeScope): Promise<string> {
  const { message, parents, tree } = commit;
  const made = await makeTree(ask, at, commit, scope);
  if (made !== tree) throw failed(scope, 'signing_failed', 'It made a commit with other files than the job has.');
  const answer = await ask('POST /repos/{owner}/{repo}/git/commits', { ...at, message, tree, parents });
  const { sha, verification } = read(MadeCommit, answer, scope);
  if (verification.verified) return sha;
  throw failed(scope, 'signing_failed', `It did not sign the commit (${verification.reason ?? 'no reason'}).`);
}

async function makeTree(ask: Ask, at: At, { baseTree, changes }: ForgeCommit, scope: ForgeScope): Promise<string> {
  let base = baseTree ?? undefined;
  let entries: object[] = [];
  let size = 0;
  const send = async (): Promise<void> => {
    if (entries.length === 0) return;
    const wish = { ...at, tree: entries, ...(base !== undefined && { base_tree: base }) };
    base = read(Made, await ask('POST /repos/{owner}/{repo}/git/trees', wish), scope).sha;
    entries = [];
    size = 0;
  };
  for (const change of changes) {
    const { entry, bytes } = await entryOf(ask, at, change, scope);
    if (size + bytes > MAX_CALL || entries.length === MAX_ENTRIES) await send();
    entries.push(entry);
    size += bytes;
  }
  await send();
  return base ?? '';
}

async function entryOf(
  ask: Ask,
  at: At,
  { path, mode, sha, readFile }: TreeChange,
  scope: ForgeScope,
): Promise<{ entry: object; bytes: number }> {
  const entry = { path, mode, type: mode === '160000' ? 'commit' : 'blob' };
  if (sha === null || mode === '160000') return { entry: { ...entry, sha }, bytes: 0 };
  const bytes = await readFile();
  if (bytes.length <= MAX_TEXT && isUtf8(bytes) && !bytes.includes(0))
    return { entry: { ...entry, content: bytes.toString('utf8') }, bytes: bytes.length };
  const wish = { ...at, content: bytes.toString('base64'), encoding: 'base64' };
  const blob = read(Made, await ask('POST /repos/{owner}/{repo}/git/blobs', wish), scope);
  return { entry: { ...entry, sha: blob.sha }, bytes: 0 };
}
