import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy on loopback that keeps what comes back through it. */
export interface RecordingProxy {
  url: string;
  heard: () => string;
  close: () => Promise<void>;
}

/** Starts a proxy in front of `target`. It hangs up on the server when the client hangs up on it. */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  let heard = '';
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', headers, url = '/' } = incoming;
    const passed = request(new URL(url, target), { method, headers: { ...headers, host: new URL(target).host } });
    passed.once('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.on('data', (chunk: Buffer) => (heard += chunk.toString('utf8')));
      response.pipe(outgoing);
    });
    passed.once('error', () => outgoing.destroy());
    outgoing.once('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => heard,
    close: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}
