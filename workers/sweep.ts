import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jobPaths } from '../activities/paths.ts';
import type { Logger } from '../contract/logger.ts';
import { removeCheckout } from '../git/checkout.ts';
import { killStrays } from '../processes/tree.ts';

const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface SweepOptions {
  client: Client;
  dataDir: string;
  worktreeRoot: string;
  log: Logger;
}

/**
 * Clears this disk of jobs that ended while no worker was here to do it: cancelled, ended by force, or delivered from
 * another host. Their processes are killed and their files removed. A failed job's files stay: they may hold work.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const { client, dataDir, worktreeRoot, log } = options;
  const found = await Promise.all([join(dataDir, 'jobs'), worktreeRoot].map((dir) => readdir(dir).catch(() => [])));
  const ids = new Set(found.flat().filter((name) => JOB_ID.test(name)));
  for (const id of ids) {
    const status = await statusOf(client, id);
    if (status !== 'COMPLETED' && status !== 'CANCELLED' && status !== 'TERMINATED') continue;
    const paths = jobPaths(options, id);
    const killed = await killStrays({ marker: id, directories: [paths.worktree, paths.dir] });
    await removeCheckout(paths.worktree);
    await rm(paths.dir, { recursive: true, force: true });
    log.info({ job: id, killed }, 'files of an ended job were removed');
  }
}

/** Undefined for a workflow that this cluster does not know: it may be another's. */
async function statusOf(client: Client, id: string): Promise<string | undefined> {
  try {
    return (await client.workflow.getHandle(id).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
