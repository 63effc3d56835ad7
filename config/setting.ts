import type { z } from 'zod';

/**
 * One row of the table: where a value comes from, what it may be, and what it is for. `fallback` is text as a user
 * would type it.
 */
export interface Setting<T> {
  variable: string;
  schema: z.ZodType<T, string>;
  fallback: string;
  about: string;
  /** The value is shown nowhere, not even in the message that refuses it. */
  secret: boolean;
  /** An older variable that means the same and counts where this one is not set. */
  formerly?: string;
}

/** Every variable of a setting; the first that is set counts. */
export const namesOf = ({ variable, formerly }: Pick<Setting<unknown>, 'variable' | 'formerly'>): string[] =>
  formerly === undefined ? [variable] : [variable, formerly];

/** In a fallback: the value of the first row. */
export const DATA_DIR = '<data dir>';

/** A row that may be shown. */
export const setting = <T>(
  variable: string,
  schema: z.ZodType<T, string>,
  fallback: string,
  about: string,
): Setting<T> => ({
  variable,
  schema,
  fallback,
  about,
  secret: false,
});

/** A row whose value is shown nowhere. It has no default. */
export const secret = <T>(variable: string, schema: z.ZodType<T, string>, about: string): Setting<T> => ({
  variable,
  schema,
  fallback: '',
  about,
  secret: true,
});
