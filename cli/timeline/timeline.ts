import type { JobRecord } from '../../contract/http/job-record.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { stageLabel } from '../../contract/workflow/job-stages.ts';
import { oneLine } from '../output/sanitize.ts';
import { localTime } from '../output/format.ts';
import { noteOf, type TimelineNote } from './notes.ts';
import { ToolCounts } from './tool-counts.ts';

/** A stretch of a job's life in which it did one thing. */
export interface Stretch {
  what: string;
  host: string | null;
  /** Milliseconds since 1970; `to` is null while it lasts. */
  from: number;
  to: number | null;
  kind: 'stage' | 'wait' | 'loss';
  /** What was remarkable in it, in order. */
  notes: TimelineNote[];
  tools: ToolCounts;
}

/** A job's life as its events tell it; they may be added while it goes on. */
export class Timeline {
  readonly stretches: Stretch[];
  /** Number of the last event that was added. */
  cursor = 0;
  /** When the last event came, and the stage and host that it belongs to. */
  #heard: number;
  #stage = 'queued';
  #host: string | null = null;

  constructor(createdAt: string) {
    this.#heard = Date.parse(createdAt);
    this.stretches = [stretch(stageLabel('queued'), this.#heard)];
  }

  add({ seq, at, event }: LoggedEvent): void {
    this.cursor = seq;
    const now = Date.parse(at);
    if (event.type === 'stage') this.#enter(event.stage, event.host, now);
    else if (event.type === 'waiting')
      this.#begin(`waiting until ${localTime(event.until)}`, now, 'wait').notes.push({ text: oneLine(event.reason) });
    else if (event.type === 'ended') this.#last.to = now;
    else this.#last.tools.add(event);
    const note = noteOf(event);
    if (note !== undefined) this.note(note);
    this.#heard = Math.max(this.#heard, now);
  }

  /** Of notes that follow each other and differ in their number only, the last one stays. */
  note(note: TimelineNote): void {
    const { notes } = this.#last;
    if (note.instead !== undefined && notes.at(-1)?.instead === note.instead) notes.pop();
    notes.push(note);
  }

  /** The end of a job that did not write it down itself. */
  end({ ended_at }: Pick<JobRecord, 'ended_at'>): void {
    if (ended_at !== null) this.#last.to ??= Date.parse(ended_at);
  }

  #enter(stage: string, host: string, now: number): void {
    const { kind } = this.#last;
    const isLost = this.#host !== null && this.#host !== host && kind === 'stage';
    if (isLost)
      this.#begin(`the host ${oneLine(this.#host ?? '')} was lost, waiting for another seat`, this.#heard, 'loss');
    else if (stage === this.#stage && this.#host === host && kind === 'stage') return;
    this.#stage = stage;
    this.#host = host;
    this.#begin(stageLabel(oneLine(stage)), now).host = oneLine(host);
  }

  #begin(what: string, now: number, kind: Stretch['kind'] = 'stage'): Stretch {
    this.#last.to = now;
    const next = stretch(what, now, kind);
    this.stretches.push(next);
    return next;
  }

  get #last(): Stretch {
    return this.stretches.at(-1)!;
  }
}

const stretch = (what: string, from: number, kind: Stretch['kind'] = 'stage'): Stretch => ({
  ...{ what, from, kind, to: null, host: null, notes: [] },
  tools: new ToolCounts(),
});
