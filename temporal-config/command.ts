import type { Config } from '../config/index.ts';
import { findTemporal } from './dev-server/binary.ts';
import { temporalTarget, type Target } from './target.ts';

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

/**
 * `temporal …` as a user types it in a terminal of their own: names address and namespace where they are not the usual
 * ones.
 */
export function temporalCommandLine({ address, namespace }: Target, words: string): string {
  const where = /^(127\.0\.0\.1|localhost):7233$/.test(address) ? '' : ` --address ${address}`;
  return `temporal ${words}${where}${namespace === 'default' ? '' : ` --namespace ${namespace}`}`;
}
