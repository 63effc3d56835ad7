import { createServer, type AddressInfo } from 'node:net';
import { ENGINE_HOST } from './engine-file.ts';

/** Ports of one engine. */
export interface Ports {
  port: number;
  ui_port: number;
}

/** Where `temporal` and its users look first. */
export const USUAL_PORTS: Ports = { port: 7233, ui_port: 8233 };

/** The first of `wishes` that are both free now, else any two free ports. Somebody may take them before you do. */
export async function choosePorts(wishes: readonly Ports[]): Promise<Ports> {
  for (const { port, ui_port } of wishes) {
    if ((await tryPort(port)) !== undefined && (await tryPort(ui_port)) !== undefined) return { port, ui_port };
  }
  return { port: (await tryPort(0)) ?? 0, ui_port: (await tryPort(0)) ?? 0 };
}

/** Number of the port when it is free; 0 asks for any. */
async function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: ENGINE_HOST, exclusive: true }, () => {
      const taken = (server.address() as AddressInfo).port;
      server.close(() => resolve(taken));
    });
  });
}
