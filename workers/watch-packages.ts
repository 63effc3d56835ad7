import type { HostSettings } from '../activities/deps.ts';
import { isCurrent } from '../activities/sessions/spare-session.ts';
import { spareKind, type SpareKind, type SpareSession } from '../activities/sessions/spare.ts';
import type { Config } from '../config/index.ts';
import type { Logger } from '../contract/shared/logger.ts';
import { loadPackages } from '../packages/load.ts';
import type { Packages } from '../packages/package.ts';
import { usualApprovals } from '../profiles/profile.ts';
import type { SpareAgents } from '../runners/spare-agents.ts';

/** How often the packages are looked at (milliseconds): another process may have fetched them, or a person edits. */
const LOOK_MS = 2_000;

interface WatchTerms extends Pick<Config, 'agentMode' | 'spareAgents' | 'modelWaitS'> {
  log: Logger;
}

/**
 * Keeps spare agents for the packages as they are: for what new conversations with each ask for by default, since
 * others are learned from their use. Those of a package that has changed, or is gone, end.
 */
export async function watchPackages(
  spares: SpareAgents<SpareKind, SpareSession>,
  settings: Pick<HostSettings, 'packages'>,
  { agentMode, spareAgents, modelWaitS: model_wait_s, log }: WatchTerms,
): Promise<{ stop: () => void }> {
  if (!agentMode || spareAgents === 0) return { stop: () => undefined };
  let usual = new Set<string>();
  const wantNew = ({ packages }: Packages): void => {
    const kinds = packages.map(({ name, profile }) =>
      spareKind({ profile: name, package: name, approvals: usualApprovals(profile), model_wait_s }),
    );
    for (const kind of kinds) if (kind !== undefined && !usual.has(kind.name)) spares.want(kind.name, kind.kind);
    usual = new Set(kinds.map((kind) => kind?.name ?? ''));
  };
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const served = await loadPackages(settings.packages);
    await spares.refresh((made, kind) => isCurrent(served, made, kind));
    wantNew(served);
  };
  wantNew(await loadPackages(settings.packages));
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => log.warn({ error }, 'cannot look at the packages'))
      .finally(() => (looking = undefined));
  }, LOOK_MS).unref();
  return { stop: () => clearInterval(timer) };
}
