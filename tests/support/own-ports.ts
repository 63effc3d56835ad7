import { writeEngineFile } from '../../temporal-config/dev-server/engine-file.ts';
import { freePort } from './free-port.ts';

/**
 * Gives the engine of a data directory ports that no other engine looks for, so that it finds them free again after a
 * stop.
 */
export async function ownPorts(dataDir: string): Promise<void> {
  const [port, ui_port] = [await freePort(), await freePort()];
  writeEngineFile(dataDir, { engine: null, owner: null, port, ui_port });
}
