import type { JobRecord } from '../../../contract/http/job-record.ts';
import type { CutText } from '../../../contract/http/mcp-inputs.ts';
import { jsonBytes } from '../../json-bytes.ts';
import { ROOM } from './size.ts';
import { windowOf } from './window.ts';

/** Bytes of the long texts of one record in a list. */
const LIST_TEXT_BYTES = 1_500;

/** A part of a record, and where the next one begins. */
interface RecordPage<R> {
  record: R;
  cut: CutText[];
  next_cursor: string | null;
}

/**
 * The page of `record` that begins at `cursor`, with at most `room` bytes: its short fields and a part of its long
 * texts. The task comes last, since whoever reads the record has most likely written it.
 */
export function recordPage<R extends object>(record: R, cursor = '0', room = ROOM): RecordPage<R> {
  const { task, ...rest } = record as R & { task?: string };
  const ordered = (task === undefined ? record : { ...rest, task }) as R;
  const { value: bare, cut: all } = windowOf(ordered, 0, 0);
  const { value, cut, next } = windowOf(ordered, Number(cursor), room - jsonBytes([bare, all]));
  return { record: value, cut, next_cursor: next === null ? null : String(next) };
}

/** The page of a job's record that begins at `cursor`, as the answers of tools have it. */
export function jobPage(job: JobRecord, cursor?: string): { job: JobRecord } & Omit<RecordPage<JobRecord>, 'record'> {
  const { record, ...page } = recordPage(job, cursor);
  return { job: record, ...page };
}

/** A record as lists show it: of long texts only the beginnings, and `cut` where something is missing. */
export function inList<R extends object>(record: R): R & { cut?: CutText[] } {
  const { value, cut } = windowOf(record, 0, LIST_TEXT_BYTES);
  return cut.length === 0 ? value : { ...value, cut };
}
