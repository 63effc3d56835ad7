import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deliveryRepository } from './delivery-repository.ts';

/** A submodule that was checked out. */
export interface CheckedOut {
  /** In the worktree of the repository itself, also where it is the submodule of a submodule. */
  path: string;
  url: string;
  sha: string;
  /** The mirror that it borrows from. */
  mirrorDir: string;
}

/** What a checkout got from outside of its repository, and what of that it lacks. */
export interface Completion {
  submodules: CheckedOut[];
  /** Each as a sentence. */
  lacks: string[];
}

/** Beside the checkout, where no agent can write. */
const fileOf = (checkout: string): string => join(deliveryRepository(checkout), 'completion.json');

/** The file that names the mirrors from which the submodules of a checkout borrow, one in a line. */
export const borrowedIn = (delivery: string): string => join(delivery, 'borrowed');

/** Undefined where nothing was missing. */
export function readCompletion(checkout: string): Completion | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(checkout), 'utf8')) as Completion;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function writeCompletion(checkout: string, completion: Completion): Promise<void> {
  await mkdir(deliveryRepository(checkout), { recursive: true });
  await writeFile(fileOf(checkout), JSON.stringify(completion));
}
