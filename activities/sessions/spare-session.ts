import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { defined } from '../../contract/shared/defined.ts';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import { sessionProfile } from '../../contract/workflow/session-profile.ts';
import { loadPackages } from '../../packages/load.ts';
import type { Packages } from '../../packages/package.ts';
import { exists } from '../../processes/path-exists.ts';
import { removeTree } from '../../processes/remove-tree.ts';
import { StandingAgent } from '../../runners/standing-agent.ts';
import { prepareAgent } from '../agent-invocation.ts';
import type { Deps } from '../deps.ts';
import { setUpAgent } from '../set-up-agent.ts';
import { jobPaths, type JobPaths } from '../paths.ts';
import { confinementOf } from '../sandbox-rules.ts';
import { readStoredProfile, storeProfile, type StoredProfile } from '../stored-profile.ts';
import { spareId } from './spare-id.ts';
import { spareKind, type SpareKind, type SpareSession } from './spare.ts';

type SpareDeps = Pick<Deps, 'settings' | 'agents' | 'sessionServer' | 'relay' | 'log'>;

/** Starts an agent of `kind`; undefined where its folders cannot be moved to another place. */
export async function makeSpare(deps: SpareDeps, kind: SpareKind): Promise<SpareSession | undefined> {
  const { settings } = deps;
  const id = spareId();
  const place = { job_id: id, repo_url: undefined };
  const paths = jobPaths(settings, place);
  const remove = async (): Promise<void> => {
    await Promise.all([removeTree(paths.worktree), removeTree(paths.dir)]);
  };
  try {
    for (const dir of [paths.worktree, paths.config, paths.home, paths.tmp])
      await mkdir(dir, { recursive: true, mode: 0o700 });
    const never = new AbortController().signal;
    const facts = await setUpAgent(deps, { ...place, attempt: 1, ...sessionProfile(kind) }, never);
    const profile = await readStoredProfile(paths.profile);
    const agentSession = randomUUID();
    const { model_wait_s: waitS, approvals } = kind;
    const { agent, run, warnings } = await prepareAgent(deps, place, profile, {
      ...{ sessionId: agentSession, resume: false, readOnly: false, approvals },
      ...defined({ modelWaitMs: waitS === undefined ? undefined : waitS * 1_000 }),
    });
    if (!agent.canMove(run.invocation)) {
      await remove();
      return undefined;
    }
    const standing = await StandingAgent.open(agent, run, confinementOf(settings, place, undefined).directories);
    const discard = async (): Promise<void> => {
      await standing.kill();
      await remove();
    };
    return { agent: standing, discard, id, agentSession, profile, facts, warnings };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The spare agent for the first turn of a session that this disk knows nothing of, in the session's own place. */
export async function adoptSpare(deps: Deps, step: TurnStep): Promise<SpareSession | undefined> {
  const wanted = spareKind(step.spec);
  if (wanted === undefined || step.place?.disk !== null || step.attempt > 1 || step.agent_session !== null)
    return undefined;
  const paths = jobPaths(deps.settings, step);
  if ((await exists(paths.dir)) || (await exists(paths.worktree))) return undefined;
  const spare = deps.spares.take(wanted.name, wanted.kind);
  if (spare === undefined) return undefined;
  const served = await loadPackages(deps.settings.packages, wanted.kind.package);
  if (spare.agent.isOver || !isCurrent(served, spare, wanted.kind)) {
    await spare.discard();
    return undefined;
  }
  await moveIn(spare, jobPaths(deps.settings, { job_id: spare.id }), paths);
  return spare;
}

/** Whether the package still is what the agent was started with. */
export const isCurrent = ({ packages }: Packages, { profile }: SpareSession, kind: SpareKind): boolean =>
  packages.some(({ name, version }) => name === kind.package && version === profile.package_version);

/**
 * Gives the place of a spare agent to a session. The agent goes on under the names that it knows: in its sandbox they
 * stay, and without one they are links for as long as it lives.
 */
async function moveIn({ agent, profile }: SpareSession, from: JobPaths, to: JobPaths): Promise<void> {
  const moves = [
    [from.worktree, to.worktree],
    [from.dir, to.dir],
  ] as const;
  for (const [before, now] of moves) {
    await rename(before, now);
    await symlink(now, before);
  }
  agent.moved([to.worktree, to.dir]);
  void agent.conversation.process.exited.then(() =>
    Promise.all(moves.map(([before]) => rm(before, { force: true }).catch(() => undefined))),
  );
  // An agent that is started here later is told of the files where they are then.
  const text = moves.reduce(
    (json, [before, now]) => json.replaceAll(inJson(before), inJson(now)),
    JSON.stringify(profile),
  );
  await storeProfile(to.profile, JSON.parse(text) as StoredProfile);
}

const inJson = (path: string): string => JSON.stringify(path).slice(1, -1);
