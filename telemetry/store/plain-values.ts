import type { AnyValue, KeyValue } from '../otlp/messages.ts';

/** Characters of a value, and of a text that is indexed, that are kept; PostgreSQL indexes at most 2,704 bytes. */
const MAX_VALUE = 32_768;
const MAX_INDEXED = 500;

/** PostgreSQL has neither NUL nor halves of a surrogate pair. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

const storable = (text: string, most: number): string =>
  (text.length > most ? `${text.slice(0, most - 1)}…` : text).replace(UNSTORABLE, '\u{fffd}');

/** A text that can be stored and indexed; null where there is none. */
export const indexed = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : storable(text, MAX_INDEXED);

/** A text that can be stored; null where there is none. */
export const kept = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : storable(text, MAX_VALUE);

/** Attributes as one object, ready for JSON. */
export const plainAttributes = (attributes: readonly KeyValue[] = []): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key = '', value }): [string, unknown] => [storable(key, MAX_INDEXED), plainValue(value)]),
  );

/** A value, ready for JSON. A number that JSON does not have, or does not keep, is a text. */
export function plainValue(value: AnyValue = {}): unknown {
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (stringValue !== undefined) return storable(stringValue, MAX_VALUE);
  if (intValue !== undefined) return Number.isSafeInteger(Number(intValue)) ? Number(intValue) : intValue;
  if (doubleValue !== undefined) return Number.isFinite(doubleValue) ? doubleValue : String(doubleValue);
  if (arrayValue !== undefined) return (arrayValue.values ?? []).map(plainValue);
  if (kvlistValue !== undefined) return plainAttributes(kvlistValue.values);
  return boolValue ?? (bytesValue === undefined ? null : storable(bytesValue, MAX_VALUE));
}

/** A time of OTLP as ISO 8601, to the microsecond that PostgreSQL keeps; null for 0, which is none. */
export function timeOf(nanos = '0'): string | null {
  const time = BigInt(nanos);
  if (time === 0n) return null;
  const millis = new Date(Number(time / 1_000_000n)).toISOString();
  const micros = String((time / 1_000n) % 1_000n).padStart(3, '0');
  return millis.replace('Z', `${micros}Z`);
}
