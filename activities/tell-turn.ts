import type { AgentTelemetry } from '../runners/agent.ts';
import type { Deps } from './deps.ts';

/** Whose work it is. */
interface Work {
  owner: string | undefined;
  profile: string;
  repo_url?: string | undefined;
}

/** Says that all that the agent tells of itself from now on is about this work; the last of `ids` is its workflow. */
export function tellTurn(
  { relay }: Pick<Deps, 'relay'>,
  telemetry: AgentTelemetry | undefined,
  { owner, profile, repo_url: repo }: Work,
  ids: Readonly<Record<string, string>>,
): void {
  if (relay === undefined || telemetry === undefined) return;
  const named = Object.entries(ids).map(([kind, id]) => [`agenticore.${kind}.id`, id] as const);
  const facts = Object.entries({ owner, profile, repo }).flatMap(([name, value]) =>
    value === undefined ? [] : [[`agenticore.${name}`, value] as const],
  );
  relay.begin(telemetry, Object.values(ids).at(-1) ?? '', Object.fromEntries([...named, ...facts]));
}
