import type { RpcClient } from './rpc.ts';

/** Keeps the CLI from reading `$name` as a call for a skill; nobody sees it. */
const ZERO_WIDTH_SPACE = '\u200b';

/**
 * The text of a message without calls for skills of the repository: the CLI follows `$name` in any text, also where the
 * repository is not trusted. Skills of the profile stay.
 */
export async function disarmSkills(rpc: RpcClient, cwd: string, text: string): Promise<string> {
  if (!text.includes('$')) return text;
  const { data } = await rpc.call('skills/list', { cwds: [cwd], forceReload: true });
  const names = data.flatMap(({ skills }) => skills).flatMap(({ name, scope }) => (scope === 'repo' ? [name] : []));
  return names.reduce((safe, name) => safe.replaceAll(`$${name}`, `$${ZERO_WIDTH_SPACE}${name}`), text);
}
