import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy on loopback that can be cut: connections stay open, but nothing passes any more. */
export interface Proxy {
  /** `host:port` to connect to. */
  address: string;
  /** From now on nothing passes, in either direction, and nobody is told. */
  cut(): void;
  /** What was held back passes, and all after it. */
  heal(): void;
  /** Ends all connections, and takes none until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** Ends all connections; resolves when somebody connects again. */
  drop(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy for `target` (`host:port`). */
export async function startProxy(target: string): Promise<Proxy> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (isCut) from.pause();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: own } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((settle) => server.close(settle));
  };
  return {
    address: `127.0.0.1:${own}`,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    heal() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    refuse: close,
    async accept() {
      await once(server.listen(own, '127.0.0.1'), 'listening');
    },
    async drop() {
      const again = once(server, 'connection');
      for (const socket of sockets) socket.destroy();
      await again;
    },
    close,
  };
}
