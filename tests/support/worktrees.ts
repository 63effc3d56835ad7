import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WorktreeRecord } from '../../contract/http/worktree.ts';
import { fixingAgent } from './model/scripts.ts';
import type { Script } from './model/scripted-model.ts';
import { call, readUntil } from './product.ts';
import { createWorld, type World } from './world.ts';

const never = new Promise<never>(() => undefined);

/** Agents that add a line to one file and commit it under the name of their task. */
const adding: Script = (conversation) => {
  if (conversation.task.includes('refused')) return { status: 401, error: 'invalid x-api-key' };
  if (conversation.task.includes('take long')) return { hold: never };
  const name = /add (\w+)/.exec(conversation.task)?.[1] ?? 'nothing';
  return fixingAgent({ commands: [`echo ${name} >> log.txt && git add -A && git commit -q -m ${name}`] })(conversation);
};

/** A world of such agents, with a short seat timeout. */
export const createAddingWorld = (): Promise<World> =>
  createWorld({ script: adding, env: { AGENTICORE_SEAT_TIMEOUT_S: '10' } });

/** What is left of worktrees and jobs in the data directory. The lock of a worktree that is there belongs to it. */
export const leftIn = (world: World): string[] => {
  const found = ['worktrees', 'jobs'].flatMap((folder) => {
    const path = join(world.dir, 'data', folder);
    return existsSync(path) ? readdirSync(path) : [];
  });
  return found.filter((name) => !(name.endsWith('.lock') && found.includes(name.slice(0, -'.lock'.length))));
};

interface Refusable {
  code?: string;
  field?: string;
  error?: string;
}

/** What a call about one worktree answered. */
interface WorktreeAnswer {
  status: number;
  body: Refusable & { worktree: WorktreeRecord };
}

/** Prepares a worktree of `repo_url` that must become ready. */
export async function prepare(url: string, repo_url: string, fields: object = {}): Promise<WorktreeRecord> {
  const { status, body } = await call<WorktreeAnswer['body']>(url, '/worktrees', { json: { repo_url, ...fields } });
  if (status !== 200 || body.worktree.status !== 'ready') throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body.worktree;
}

export const readWorktree = async (url: string, id: string): Promise<WorktreeRecord> =>
  (await call<WorktreeAnswer['body']>(url, `/worktrees/${id}`)).body.worktree;

export const removeWorktree = (url: string, id: string, query = ''): Promise<WorktreeAnswer> =>
  call(url, `/worktrees/${id}${query}`, { method: 'DELETE' });

/** Reads the list of worktrees until `wanted` holds for it. */
export const listUntil = async (
  url: string,
  wanted: (worktrees: WorktreeRecord[]) => boolean,
): Promise<WorktreeRecord[]> =>
  (await readUntil<{ worktrees: WorktreeRecord[] }>(url, '/worktrees?limit=1000', (body) => wanted(body.worktrees)))
    .worktrees;
