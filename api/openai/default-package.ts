import type { Config } from '../../config/index.ts';
import type { AgentPackage } from '../../packages/package.ts';
import { readProfile } from '../profiles/list-profiles.ts';

/** The default profile as a package: who answers until packages can be loaded. */
export async function defaultPackage(config: Config): Promise<AgentPackage> {
  const profile = await readProfile(config, config.defaultProfile);
  return {
    ...{ name: profile.name, description: profile.description, dir: '', profile, version: '0', created: 0 },
    chat: {
      tool_display: 'reasoning',
      on_disconnect: 'interrupt',
      show: { thinking: true, tools: true, narration: true, final: true },
    },
  };
}
