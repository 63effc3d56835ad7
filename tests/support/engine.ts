import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, type Config } from '../../config/index.ts';
import { readEngineFile } from '../../temporal-config/dev-server/engine-file.ts';
import { stopProcess } from '../../temporal-config/dev-server/engine-process.ts';

/** A configuration with a data directory of its own (with a space in its name) and an embedded engine. */
export function freshConfig(env: Record<string, string> = {}): Config {
  const dataDir = mkdtempSync(join(tmpdir(), 'agenticore data-'));
  return loadConfig({ AGENTICORE_DATA_DIR: dataDir, ...env });
}

/** Ends whatever engine runs on the configuration's data directory, and removes the directory. */
export async function endEngine({ dataDir }: Config): Promise<void> {
  const engine = readEngineFile(dataDir)?.engine;
  if (engine != null) await stopProcess(engine);
  rmSync(dataDir, { recursive: true, force: true });
}
