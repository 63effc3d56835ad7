import type { Client } from '@temporalio/client';
import type { Config } from '../config/index.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Contents } from '../store/contents.ts';
import type { SearchIndex } from './temporal/search-index.ts';
import type { Logger } from '../contract/shared/logger.ts';

/** What every service of the API works with. */
export interface ServiceContext {
  client: Client;
  /** Whether workflows have search attributes and are found by them; while they are not, lists are filtered here. */
  index: Pick<SearchIndex, 'indexed' | 'searchable'>;
  config: Config;
  /** URL of a workflow in the Temporal Web UI; null where none is known. */
  uiOf: (id: string) => string | null;
  log: Pick<Logger, 'warn'>;
}

/** What the services of sessions work with. */
export interface SessionContext extends ServiceContext {
  /** Where long texts and pictures of messages are kept. */
  contents: Contents;
  events: EventLog;
  /** Identity of this data directory; null where the event log is shared by all hosts. */
  disk: string | null;
}
