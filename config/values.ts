/** What values may be, as text that a user types. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

const orNothing = (text: string): string | undefined => (text === '' ? undefined : text);

const parted = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);

const absolute = (path: string): string => resolve(path.replace(/^~(?=\/|$)/, homedir()));

export const text = z.string().min(1, 'must not be empty');

export const maybeText = z.string().transform(orNothing);

export const headerText = z
  .string()
  .regex(/^[\x21-\x7e]*$/, 'must be visible ASCII characters')
  .transform(orNothing);

export const path = text.transform(absolute);

export const maybePath = z.string().transform((value) => (value === '' ? undefined : absolute(value)));

const list = z.string().transform(parted);

/** Separated by spaces. */
export const words = z.string().transform((value): readonly string[] => value.split(/\s+/).filter(Boolean));

const PRICE = /^([^\s=]+)=(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/;

/** What models cost, by their names. */
export const priceList = list
  .refine(
    (prices) => prices.every((price) => PRICE.test(price)),
    'must be prices separated by commas, each like gpt-5=1.25/0.125/10',
  )
  .transform((prices): Readonly<Record<string, { input: number; cached: number; output: number }>> =>
    Object.fromEntries(
      prices.map((price) => {
        const [, model = '', ...dollars] = PRICE.exec(price) ?? [];
        const [input = 0, cached = 0, output = 0] = dollars.map(Number);
        return [model, { input, cached, output }];
      }),
    ),
  );

/** What `git fetch --filter` may leave out here: trees are needed for every checkout and commit. */
export const filterSpec = z
  .string()
  .regex(/^(blob:none|blob:limit=\d{1,9}[kmg]?)?$/, 'must be blob:none or blob:limit=<size>, such as blob:limit=1m')
  .transform(orNothing);

/** Each like `git.example.com`, `git.example.com:8443` or `[::1]`, in small letters; no address and no pattern. */
export const hostList = list.refine(
  (hosts) => hosts.every(isAuthority),
  'must be host names separated by commas, each like git.example.com or git.example.com:8443',
);

const isAuthority = (text: string): boolean =>
  /^[^\s/@?#\\*]+$/.test(text) && (URL.canParse(`http://${text}`) || URL.canParse(`http://[${text}]`));

/** What browsers send as Origin. */
export const originList = list.refine(
  (origins) => origins.every((origin) => /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*A-Z]+$/.test(origin)),
  'must be origins separated by commas, each like https://board.example.com',
);

export const flag = z
  .string()
  .regex(/^(true|false|1|0|yes|no|on|off|)$/i, 'must be true or false')
  .transform((value) => /^(true|1|yes|on)$/i.test(value));

const isWhole = (value: string, min: number, max: number): boolean =>
  /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max;

export const whole = (min: number, max: number): z.ZodType<number, string> =>
  z
    .string()
    .refine((value) => isWhole(value, min, max), `must be a whole number from ${min} to ${max}`)
    .transform(Number);

export const maybePort = z
  .string()
  .refine((value) => value === '' || isWhole(value, 0, 65_535), 'must be a port, a whole number from 0 to 65535')
  .transform((value) => (value === '' ? undefined : Number(value)));

export const url = (...schemes: string[]): z.ZodType<string | undefined, string> =>
  z
    .string()
    .refine(
      (value) => value === '' || (URL.canParse(value) && schemes.includes(new URL(value).protocol)),
      `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    )
    .transform(orNothing);

export const YEAR_S = 365 * 86_400;
