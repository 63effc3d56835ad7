type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** `base` with `added` in it: objects grow together, lists add up without repetition, all else is replaced. */
export function mergeJson(base: JsonObject, added: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(added)) {
    const before = merged.get(key);
    if (isObject(before) && isObject(value)) merged.set(key, mergeJson(before, value));
    else if (Array.isArray(before) && Array.isArray(value)) merged.set(key, union(before, value));
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

const union = (first: Json[], second: Json[]): Json[] => [
  ...new Map([...first, ...second].map((value) => [JSON.stringify(value), value])).values(),
];

/** Whether a JSON value is an object. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
