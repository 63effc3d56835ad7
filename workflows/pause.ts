/** Thrown by what runs on a seat when it has given the seat back and shall go on later. */
export class Pause extends Error {
  /** When it goes on (milliseconds since 1970). */
  readonly until: number;

  constructor(until: number) {
    super(`paused until ${new Date(until).toISOString()}`);
    this.until = until;
  }
}
