import { defined } from '../../contract/shared/defined.ts';
import { throwBug } from '../errors.ts';
import { describeEnd } from '../job-failure.ts';
import type { Book } from './book.ts';
import { sessionDisk } from './run-options.ts';

/** The end of a session: its files go, except work that the remote does not have, which the record names. */
export async function closeOnDisk(book: Book, sessionId: string): Promise<void> {
  const closed_at = new Date().toISOString();
  const { disk } = book.now;
  if (disk === null) return book.show({ status: 'closed', closed_at });
  book.tell({ type: 'session_closed' });
  const { repo_url } = book.input.spec;
  try {
    const { kept } = await sessionDisk(disk).closeSession({ session_id: sessionId, ...defined({ repo_url }) });
    const warnings = kept === null ? book.now.warnings : [...book.now.warnings, kept];
    book.show({ status: 'closed', closed_at, warnings });
  } catch (error) {
    throwBug(error);
    const { code, message } = describeEnd(error);
    book.show({ status: 'closed', closed_at, error: { code, message } });
  }
}
