import type { JobRecord } from '../../contract/http/job-record.ts';
import type { Client } from '../client.ts';
import { CliError } from '../errors.ts';
import { oneLine } from '../output/sanitize.ts';
import { Timeline } from './timeline.ts';

/** The timeline of a job; where its events cannot be read, what the record tells, and why. */
export async function readTimeline(client: Client, job: JobRecord, known?: Timeline): Promise<Timeline> {
  const timeline = known ?? new Timeline(job.created_at);
  try {
    for await (const logged of client.events(job.id, timeline.cursor)) timeline.add(logged);
  } catch (error) {
    if (!(error instanceof CliError) || error.transient) throw error;
    timeline.note({ text: `its events cannot be read: ${oneLine(error.message)}`, tone: 'warn', instead: 'unread' });
  }
  timeline.end(job);
  return timeline;
}
