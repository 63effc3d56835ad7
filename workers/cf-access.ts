import type { Config } from '../config/index.ts';

type Access = Pick<Config, 'cfAccessClientId' | 'cfAccessClientSecret'>;

/** `env` with the two headers that Cloudflare Access wants, behind those that are sent to the model anyway. */
export function withCfAccess(
  env: NodeJS.ProcessEnv,
  { cfAccessClientId: id, cfAccessClientSecret: secret }: Access,
): NodeJS.ProcessEnv {
  if (id === undefined || secret === undefined) return env;
  const headers = [env.ANTHROPIC_CUSTOM_HEADERS, `CF-Access-Client-Id: ${id}`, `CF-Access-Client-Secret: ${secret}`];
  return { ...env, ANTHROPIC_CUSTOM_HEADERS: headers.filter(Boolean).join('\n') };
}
