import type { Client } from '@temporalio/client';
import type { Config } from '../config/index.ts';
import type { Logger } from '../contract/shared/logger.ts';

/** What every service of the API works with. */
export interface ServiceContext {
  client: Client;
  /** Whether the search attributes are registered on the cluster; without them lists are filtered here. */
  indexed: boolean;
  config: Config;
  /** URL of a workflow in the Temporal Web UI; null where none is known. */
  uiOf: (id: string) => string | null;
  log: Pick<Logger, 'warn'>;
}
