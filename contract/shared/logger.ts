/** The part of pino's interface that we use, so that nothing but the composition roots depends on pino. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
