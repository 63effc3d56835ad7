import { parseRepoUrl } from '../../../contract/http/repo-url.ts';
import type { Forge } from '../../../forges/forge.ts';
import { forgeOf } from '../../../forges/forge-of.ts';
import type { ForgeSettings } from '../../../forges/settings.ts';

/** The forge of a repository address, which must be one. */
export function forgeAt(url: string, settings: Partial<ForgeSettings>): Forge {
  const repo = parseRepoUrl(url, { allowLocal: false, allowedHosts: [url.split('/')[2] ?? ''] });
  const forge = forgeOf(repo, { githubApiUrl: 'https://api.github.com', kinds: {}, ...settings });
  if (forge === undefined) throw new Error(`no forge for ${url}`);
  return forge;
}
