import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { failed, isRefusal, type ForgeScope } from './http.ts';

/** What a path of a repository on a forge looks like: nothing that would lead elsewhere in an address. */
export const RepoPath = z.string().regex(/^[\w.-]+(\/[\w.-]+)+$/);

/** `data` as `schema` reads it; `forge_unavailable` where something else than the forge's API answered. */
export function read<T>(schema: z.ZodType<T>, data: unknown, scope: ForgeScope): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw failed(
    scope,
    'forge_unavailable',
    `The address answers, but not with the API of this forge${where === '' ? '' : ` (${where})`}; check the address of the API.`,
  );
}

/** What `call` gives, or undefined where the forge knows no such thing. */
export async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

const LOOK_EVERY_MS = 500;
const LOOKS = 240;

/** Waits (two minutes at most) until a new fork has its commits; `forge_unavailable` when that takes longer. */
export async function waitForFork(scope: ForgeScope, isReady: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (await isReady()) return;
    await sleep(LOOK_EVERY_MS, undefined, { signal: scope.signal }).catch(() => scope.signal?.throwIfAborted());
  }
  throw failed(scope, 'forge_unavailable', 'The fork is not ready yet; try again later.');
}
