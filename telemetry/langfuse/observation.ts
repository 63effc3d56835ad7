import { createHash } from 'node:crypto';
import type { Usage } from '../../contract/shared/events.ts';

/** What Langfuse shows of a part of a trace. Texts are there as far as the settings say. */
export interface Observation {
  /**
   * By which its id is made: the same for the same thing, whenever and by whichever host it is told. Logs of two disks
   * may have events with the same number, so it has their time, too.
   */
  key: string;
  /** The key of what it hangs under; null for what a trace begins with. */
  parent: string | null;
  kind: 'span' | 'agent' | 'generation' | 'tool';
  name: string;
  start: Date;
  end: Date;
  input?: string;
  output?: string;
  /** Why it failed. */
  problem?: string;
  model?: string;
  usage?: Usage;
  cost_usd?: number | null;
  metadata?: Readonly<Record<string, string | number | boolean | null>>;
}

/** A trace of a job or run, or the part of it that one host knows. */
export interface Trace {
  id: string;
  name: string;
  session: string | null;
  user: string;
  tags: readonly string[];
  metadata: Readonly<Record<string, string>>;
  /** What it begins with, whether it is among the observations or another host tells of it. */
  root: string;
  /** Parents before what hangs under them. */
  observations: readonly Observation[];
}

/** What of the texts is told. */
export interface Disclosure {
  /** Prompts and answers. */
  prompts: boolean;
  /** Names and arguments of tools. */
  toolDetails: boolean;
}

/** Most characters of a text. */
const MAX_TEXT = 64 * 1024;

export const shortened = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** An id as OpenTelemetry has them, of so many bytes. */
export const traceDigest = (bytes: 8 | 16, ...parts: string[]): string =>
  createHash('sha256')
    .update(JSON.stringify(['langfuse', ...parts]))
    .digest('hex')
    .slice(0, bytes * 2);
