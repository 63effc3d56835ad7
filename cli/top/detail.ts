import type { JobRecord } from '../../contract/http/job-record.ts';
import type { Client } from '../client.ts';
import { details } from '../output/job.ts';
import { colors } from '../output/format.ts';
import { broken } from '../attach/screen.ts';
import { fit } from '../output/width.ts';
import { readTimeline } from '../timeline/read-timeline.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { timelineLines } from '../timeline/timeline-lines.ts';

const KEYS = '↑↓ scroll  l logs  c cancel  q or Esc back';

/** One job in full: what it is to do, its timeline and what came of it; it may be scrolled. */
export class Detail {
  readonly id: string;
  readonly #client: Client;
  #job: JobRecord | undefined;
  #timeline: Timeline | undefined;
  #top = 0;

  constructor(client: Client, id: string) {
    this.#client = client;
    this.id = id;
  }

  /** Reads what is new. */
  async read(): Promise<void> {
    const job = await this.#client.job(this.id);
    this.#timeline = await readTimeline(this.#client, job, this.#timeline);
    this.#job = job;
  }

  scroll(steps: number): void {
    this.#top = Math.max(0, this.#top + steps);
  }

  frame(columns: number, rows: number, footer: string): string[] {
    const lines = this.#lines(columns);
    const room = Math.max(1, rows - 1);
    this.#top = Math.max(0, Math.min(this.#top, lines.length - room));
    const shown = lines.slice(this.#top, this.#top + room);
    const blank = Array.from({ length: room - shown.length }, () => '');
    const last = footer === '' ? colors.dim(fit(KEYS, columns)) : colors.bold(fit(footer, columns));
    return [...shown, ...blank, last];
  }

  #lines(columns: number): string[] {
    if (this.#job === undefined || this.#timeline === undefined) return [fit(`Reading job ${this.id} …`, columns)];
    return broken(details(this.#job, timelineLines(this.#timeline, columns)), columns);
  }
}
