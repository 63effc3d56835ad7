import type { CutText } from '../../../contract/http/mcp-inputs.ts';
import { jsonBytes } from '../../json-bytes.ts';

/** Most characters of a text that is never cut: names, addresses, ids. */
const SHORT = 200;

/** What fits of a value. */
interface Window<T> {
  value: T;
  /** The texts of which only a part is in it. */
  cut: CutText[];
  /** Where the next window begins; null when this was the last. */
  next: number | null;
}

/**
 * `value` with a part of its long texts: laid end to end, those from character `from` that fit into `room` bytes. What
 * is outside is left empty, so that `value` keeps its form and the parts of all windows add up to the whole.
 */
export function windowOf<T>(value: T, from: number, room: number): Window<T> {
  const cut: CutText[] = [];
  let at = 0;
  let left = room;
  let next: number | null = null;
  const partOf = (text: string, field: string): string => {
    const begin = Math.min(Math.max(from - at, 0), text.length);
    const part = next === null ? fitting(text.slice(begin), left) : '';
    const end = begin + part.length;
    if (part.length < text.length) cut.push({ field, from: begin, to: end, of: text.length });
    if (end < text.length) next ??= at + end;
    left -= jsonBytes(part);
    at += text.length;
    return part;
  };
  const visit = (node: unknown, field: string): unknown => {
    if (typeof node === 'string') return node.length > SHORT ? partOf(node, field) : node;
    if (Array.isArray(node)) return node.map((each, index) => visit(each, `${field}[${index}]`));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([name, each]) => [name, visit(each, field === '' ? name : `${field}.${name}`)]),
    );
  };
  return { value: visit(value, '') as T, cut, next };
}

/** The longest beginning of `text` that takes at most `room` bytes and ends between two characters. */
function fitting(text: string, room: number): string {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (jsonBytes(text.slice(0, middle)) <= room) low = middle;
    else high = middle - 1;
  }
  const splits = isHigh(text.charCodeAt(low - 1)) && low < text.length;
  return text.slice(0, splits ? low - 1 : low);
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
