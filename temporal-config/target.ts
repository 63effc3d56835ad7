import { homedir } from 'node:os';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { defined } from '../contract/shared/defined.ts';
import type { Config } from '../config/index.ts';
import { Failure } from '../contract/shared/failures.ts';
import { isAlive } from '../processes/proc-table.ts';
import { ENGINE_HOST, readEngineFile } from './dev-server/engine-file.ts';

/** Which Temporal agenticore works with, and how to get in. `options` may hold credentials. */
export interface Target {
  address: string;
  namespace: string;
  /** True for the engine that `agenticore serve` starts itself. */
  embedded: boolean;
  /** Root of the Web UI; null when it is not known. */
  uiUrl: string | null;
  options: Pick<ClientConnectConfig['connectionOptions'], 'tls' | 'apiKey' | 'metadata'>;
}

const DEFAULT_NAMESPACE = 'default';

/** Whether the environment names a Temporal service, by address or by profile of a Temporal configuration file. */
export function usesCluster(config: Config): boolean {
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE } = config.temporal;
  if (TEMPORAL_ADDRESS ?? TEMPORAL_PROFILE ?? TEMPORAL_CONFIG_FILE) return true;
  const alone = Object.keys(config.temporal).find((name) => /^TEMPORAL_(NAMESPACE|API_KEY|TLS|GRPC_META)/.test(name));
  if (alone === undefined) return false;
  throw new Failure(
    'invalid_config',
    `${alone} is set without TEMPORAL_ADDRESS: set TEMPORAL_ADDRESS, or unset ${alone} to use the embedded Temporal.`,
  );
}

/**
 * The cluster that the TEMPORAL_* variables name, else the running engine of the data directory. Throws
 * `engine_unavailable` when no engine runs, `invalid_config` when the variables do not make sense.
 */
export function temporalTarget(config: Config): Target {
  return usesCluster(config) ? cluster(config) : embedded(config);
}

/** The workflow in the Temporal Web UI; null when no Web UI is known. */
export function workflowUrl({ uiUrl, namespace }: Target, workflowId: string): string | null {
  return uiUrl === null
    ? null
    : `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}

function embedded(config: Config): Target {
  const known = readEngineFile(config.dataDir);
  if (known === undefined || !isAlive(known.engine)) {
    throw new Failure(
      'engine_unavailable',
      `No Temporal server runs for ${config.dataDir}: start \`agenticore serve\`, or set TEMPORAL_ADDRESS to a Temporal service.`,
    );
  }
  const uiUrl = `http://${ENGINE_HOST}:${known.ui_port}`;
  return { address: `${ENGINE_HOST}:${known.port}`, namespace: DEFAULT_NAMESPACE, embedded: true, uiUrl, options: {} };
}

function cluster(config: Config): Target {
  const { connectionOptions, namespace = DEFAULT_NAMESPACE } = loadProfile(config);
  const { address, tls, apiKey, metadata } = connectionOptions;
  if (!address)
    throw new Failure(
      'invalid_config',
      `The Temporal profile ${config.temporal.TEMPORAL_PROFILE ?? 'default'} has no address: add one, or set TEMPORAL_ADDRESS.`,
    );
  const uiUrl = config.temporalUiUrl?.replace(/\/+$/, '') ?? cloudUi(address);
  const options = {
    ...defined({ tls, apiKey, metadata }),
  };
  return { address, namespace, embedded: false, uiUrl, options };
}

function loadProfile({ temporal }: Config): ClientConnectConfig {
  // A configuration file counts only where the environment points at it, so that no file decides unseen.
  const disableFile = !(temporal.TEMPORAL_PROFILE ?? temporal.TEMPORAL_CONFIG_FILE);
  const home = { HOME: homedir(), XDG_CONFIG_HOME: process.env.XDG_CONFIG_HOME ?? '' };
  try {
    return loadClientConnectConfig({ disableFile, overrideEnvVars: { ...home, ...temporal } });
  } catch (error) {
    throw new Failure(
      'invalid_config',
      `The TEMPORAL_* settings are not valid: ${(error as Error).message}. Correct them.`,
    );
  }
}

const cloudUi = (address: string): string | null =>
  /\.(tmprl\.cloud|api\.temporal\.io)(:\d+)?$/.test(address) ? 'https://cloud.temporal.io' : null;
