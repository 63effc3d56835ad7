import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Usage } from '../../contract/shared/events.ts';
import type { Logger } from '../../contract/shared/logger.ts';

/**
 * What this disk has of a job, or of a run of a session, and others are to get: not the thing itself, which the event
 * log and the folder of transcripts have.
 */
export interface Shipment {
  /** The id of the job or run. */
  id: string;
  /** The job or session, by which its events and transcripts are found. */
  stream: string;
  /** Which answer in the stream it is, from 1. */
  run: number;
  /** All its events have higher numbers. */
  after: number;
  /** Which try of the job this host has last had. */
  attempt: number;
  /** False while a host of this disk works on it, or was killed while it did. */
  left: boolean;
  /** Of a run: the repository of its session, and whether that is one of the chat API. */
  session?: { repo_url: string | null; is_chat: boolean };
  /** The model's choice of the profile, of which the event log does not tell. */
  choice?: ChosenProfile;
  /** ISO 8601: when it was first noted. */
  since: string;
  /** The destinations that have it as it stands. */
  done: readonly string[];
}

/** A run of a model that chose a profile. */
export interface ChosenProfile {
  started_at: string;
  ended_at: string;
  usage: Usage | null;
  cost_usd: number | null;
}

export type ShipmentFacts = Pick<Shipment, 'id' | 'stream'> & Partial<Omit<Shipment, 'since' | 'done'>>;

/** A shipment, and the file that has it. */
export interface Spooled {
  file: string;
  shipment: Shipment;
}

const ITEM = /^(.+)~(\d{15})\.json$/;

/**
 * Shipments as files, one for each job or run, so that what was noted outlives its process. Whenever more is noted of a
 * shipment it gets a new file, which is there or not, but never half: so no lock is needed against those who deliver.
 */
export class Spool {
  readonly folder: string;
  readonly #log: Logger;
  #last = 0;
  #work: Promise<unknown> = Promise.resolve();
  #heard: (() => void)[] = [];

  constructor(folder: string, log: Logger) {
    this.folder = folder;
    this.#log = log;
  }

  /** Calls `listener` whenever something was noted. */
  onNote(listener: () => void): void {
    this.#heard.push(listener);
  }

  /** Adds to what is known of a shipment, which is then due again at all destinations. Never fails. */
  async note(facts: ShipmentFacts): Promise<void> {
    try {
      await this.#inTurn(() => this.#write(facts));
      for (const listener of this.#heard) listener();
    } catch (error) {
      this.#log.warn({ job: facts.id, error }, 'could not note that a transcript or trace is to be sent');
    }
  }

  /** All shipments, the oldest first. */
  async list(): Promise<Spooled[]> {
    const newest = new Map<string, string>();
    const stale: string[] = [];
    for (const { id, name } of await this.#names()) {
      const before = newest.get(id);
      if (before !== undefined) stale.push(before);
      newest.set(id, name);
    }
    await Promise.all(stale.map((name) => rm(join(this.folder, name), { force: true })));
    const found = await Promise.all([...newest.values()].map((name) => this.#read(name)));
    return found.filter((item) => item !== undefined).sort((a, b) => (a.shipment.since < b.shipment.since ? -1 : 1));
  }

  /** Notes that `destination` has the shipment, which goes when all of `destinations` have it. */
  mark({ file }: Spooled, destination: string, destinations: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const now = await this.#read(file);
      // More was noted of it meanwhile.
      if (now === undefined) return;
      const done = [...now.shipment.done.filter((name) => name !== destination), destination];
      if (destinations.every((name) => done.includes(name))) await this.#remove(file);
      else await this.#put(file, { ...now.shipment, done });
    });
  }

  /** Removes a shipment that nobody gets. */
  drop({ file }: Spooled): Promise<void> {
    return this.#inTurn(() => this.#remove(file));
  }

  async #write(facts: ShipmentFacts): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const before = (await this.#names()).filter(({ id }) => id === facts.id).map(({ name }) => name);
    const known = before.length === 0 ? undefined : await this.#read(before.at(-1) ?? '');
    this.#last = Math.max(Date.now(), this.#last + 1);
    const begun = { run: 1, after: 0, attempt: 1, left: false, since: new Date().toISOString() };
    const file = `${facts.id}~${String(this.#last).padStart(15, '0')}.json`;
    await this.#put(file, { ...begun, ...known?.shipment, ...facts, done: [] });
    await Promise.all(before.map((name) => this.#remove(name)));
  }

  async #put(file: string, shipment: Shipment): Promise<void> {
    const draft = join(this.folder, `.${file}.${process.pid}`);
    await writeFile(draft, JSON.stringify(shipment), { mode: 0o600 });
    await rename(draft, join(this.folder, file));
  }

  /** Undefined where it is gone; one that a crash of the machine has damaged goes. */
  async #read(file: string): Promise<Spooled | undefined> {
    const text = await readFile(join(this.folder, file), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      return { file, shipment: JSON.parse(text) as Shipment };
    } catch (error) {
      this.#log.warn({ file, error }, 'a note of what is to be sent is damaged, and dropped');
      await this.#remove(file);
      return undefined;
    }
  }

  #remove = (file: string): Promise<void> => rm(join(this.folder, file), { force: true });

  /** The files in the order in which they were noted. */
  async #names(): Promise<{ id: string; name: string }[]> {
    const names = await readdir(this.folder).catch(() => []);
    const found = names.flatMap((name) => {
      const [, id, stamp] = ITEM.exec(name) ?? [];
      return id === undefined || stamp === undefined ? [] : [{ id, stamp, name }];
    });
    return found.sort((one, other) => (one.stamp < other.stamp ? -1 : 1));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#work.then(work);
    this.#work = next.catch(() => undefined);
    return next;
  }
}
