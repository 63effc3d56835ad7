import { EnvHttpProxyAgent, fetch, type Dispatcher, type RequestInit, type Response } from 'undici';

/** Where the environment leads to the web: the same variables, with the same meaning, as for git. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `fetch` by the proxy that `env` names: HTTPS_PROXY for https and HTTP_PROXY for http, else ALL_PROXY, but not for
 * what NO_PROXY lists; all in capitals or small letters. Without one directly. Node's own knows of no proxy.
 */
export function proxiedFetch(env: Environment = process.env): (url: URL, init: RequestInit) => Promise<Response> {
  const ways = new Map<string, Dispatcher>();
  return (url, init) => {
    const way = ways.get(url.protocol) ?? new EnvHttpProxyAgent(wayOf(url.protocol.slice(0, -1), env));
    ways.set(url.protocol, way);
    return fetch(url, { ...init, dispatcher: way });
  };
}

/** An empty address is none: what is left out, the agent itself looks up. */
function wayOf(scheme: string, env: Environment): EnvHttpProxyAgent.Options {
  const named = (...names: string[]): string =>
    names.flatMap((name) => [env[name], env[name.toUpperCase()]]).find((value) => value) ?? '';
  const proxy = named(`${scheme}_proxy`, 'all_proxy');
  const address = proxy === '' || proxy.includes('://') ? proxy : `http://${proxy}`;
  return { httpProxy: address, httpsProxy: address, noProxy: named('no_proxy') };
}
