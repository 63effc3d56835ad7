import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { proxiedFetch } from '../../../forges/through-proxy.ts';

describe('a forge', () => {
  let target: Server;
  let proxy: Server;
  /** What the proxy was asked to connect to. */
  let asked: string[];
  const addressOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listening = async (server: Server): Promise<Server> => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return server;
  };

  beforeEach(async () => {
    asked = [];
    target = await listening(createServer((_, response) => void response.end('the forge')));
    // Every name leads to the one target.
    proxy = createServer().on('connect', (request, client) => {
      asked.push(request.url ?? '');
      const { port } = target.address() as AddressInfo;
      const upstream = connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      for (const end of [upstream, client]) end.on('error', () => undefined);
    });
    await listening(proxy);
  });
  afterEach(() => {
    for (const server of [target, proxy]) {
      server.closeAllConnections();
      server.close();
    }
  });

  const get = async (url: string, env: Record<string, string>): Promise<string> =>
    (await proxiedFetch(env)(new URL(url), { signal: AbortSignal.timeout(10_000) })).text();

  test.each([['http_proxy'], ['HTTP_PROXY'], ['ALL_PROXY']])('is reached by the proxy of %s', async (name) => {
    expect(await get('http://forge.invalid/', { [name]: addressOf(proxy) })).toBe('the forge');
    expect(asked).toEqual(['forge.invalid:80']);
  });

  test('is reached by the proxy of HTTPS_PROXY where it speaks https, and not by that of HTTP_PROXY', async () => {
    const https = get('https://forge.invalid/', {
      HTTPS_PROXY: `http://${addressOf(proxy)}`,
      HTTP_PROXY: '127.0.0.1:1',
    });
    // What answers there speaks no TLS.
    await expect(https).rejects.toThrow('fetch failed');
    expect(asked).toEqual(['forge.invalid:443']);
  });

  test('is reached directly where NO_PROXY lists it, or where there is no proxy', async () => {
    const url = `http://${addressOf(target)}/`;
    expect(await get(url, { HTTP_PROXY: addressOf(proxy), NO_PROXY: 'localhost,127.0.0.1' })).toBe('the forge');
    expect(await get(url, {})).toBe('the forge');
    expect(asked).toEqual([]);
  });
});
