import type { Config } from '../config/index.ts';
import { findTemporal } from './dev-server/binary.ts';
import { temporalTarget } from './target.ts';

/** How to start the `temporal` command line so that it talks to the same Temporal as agenticore. */
export interface TemporalCommand {
  file: string;
  env: NodeJS.ProcessEnv;
}

/**
 * The right program with the right address and credentials in its environment; throws like findTemporal and
 * temporalTarget.
 */
export async function temporalCommand(config: Config): Promise<TemporalCommand> {
  const { address, namespace, embedded } = temporalTarget(config);
  const found = embedded ? { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } : {};
  return { file: await findTemporal(config), env: { ...process.env, ...found } };
}
