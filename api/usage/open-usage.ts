import type { ServiceContext } from '../context.ts';
import type { Postgres } from '../../telemetry/store/postgres.ts';
import type { TelemetryStore } from '../../telemetry/store/telemetry-store.ts';
import type { UsageBook } from '../../telemetry/store/usage-book.ts';

/** What the API keeps in PostgreSQL. */
interface KeptUsage {
  book: UsageBook;
  store: TelemetryStore;
  /** Brings the table of usage up to date. */
  fill: () => Promise<void>;
  close: () => void;
}

/** Opens what is kept in PostgreSQL, which may be away. */
export async function openUsage(context: ServiceContext, postgres: Postgres): Promise<KeptUsage> {
  const { TelemetryStore } = await import('../../telemetry/store/telemetry-store.ts');
  const { UsageBook } = await import('../../telemetry/store/usage-book.ts');
  const { UsageFiller } = await import('./usage-filler.ts');
  const [store, book] = [new TelemetryStore(postgres), new UsageBook(postgres)];
  const filler = new UsageFiller(context, { postgres, store, book });
  return { book, store, fill: () => filler.fill(), close: () => filler.close() };
}
