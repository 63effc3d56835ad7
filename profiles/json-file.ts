import { invalidFile } from './files.ts';
import { isObject, type JsonObject } from './merge-json.ts';

/** The JSON object that `json`, the content of `path`, is; else throws `invalid_profile` with the line. */
export function parseObject(json: string, path: string): JsonObject {
  const value = parse(json, path);
  if (isObject(value)) return value;
  throw invalidFile(path, 1, 'must be a JSON object');
}

function parse(json: string, path: string): JsonObject[string] {
  try {
    return JSON.parse(json) as JsonObject[string];
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    // Without a position the text has ended too early.
    const before = position === undefined ? json.trimEnd() : json.slice(0, Number(position));
    throw invalidFile(path, before.split('\n').length, 'is not JSON');
  }
}
