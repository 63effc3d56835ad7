import type { ServiceContext } from '../context.ts';
import type { Logger } from '../../contract/shared/logger.ts';
import type { TelemetryStore } from '../../telemetry/store/telemetry-store.ts';
import type { UsageBook } from '../../telemetry/store/usage-book.ts';

/** What the API keeps in PostgreSQL. */
interface KeptUsage {
  book: UsageBook;
  store: TelemetryStore;
  /** Brings the table of usage up to date. */
  fill: () => Promise<void>;
  close: () => Promise<void>;
}

/** Opens what is kept in PostgreSQL, which may be away; undefined where there is none. */
export async function openUsage(
  context: ServiceContext,
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<KeptUsage | undefined> {
  const { postgresUrl } = context.config;
  if (postgresUrl === undefined) return undefined;
  const { Postgres } = await import('../../telemetry/store/postgres.ts');
  const { TelemetryStore } = await import('../../telemetry/store/telemetry-store.ts');
  const { UsageBook } = await import('../../telemetry/store/usage-book.ts');
  const { UsageFiller } = await import('./usage-filler.ts');
  const postgres = new Postgres(postgresUrl, log);
  const parts = { postgres, store: new TelemetryStore(postgres), book: new UsageBook(postgres) };
  const filler = new UsageFiller(context, parts);
  const close = async (): Promise<void> => {
    filler.close();
    await postgres.close();
  };
  return { book: parts.book, store: parts.store, fill: () => filler.fill(), close };
}
