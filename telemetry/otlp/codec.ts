import protobuf from 'protobufjs';
import type { OtlpRequests } from './messages.ts';
import { REPLIES, REQUESTS, RPC_STATUS } from './schema.ts';
import type { Signal } from './sink.ts';

export type OtlpEncoding = 'protobuf' | 'json';

/** A body that is no request of OTLP; the message says why, without the body. */
export class OtlpMalformed extends Error {}

type Plain = Record<string | symbol, unknown>;

/** Fields that this OTLP does not know, as they came. They survive where protobuf becomes protobuf again. */
const UNKNOWN = Symbol('unknown fields');
const MAX_DEPTH = 100;
/** Protobuf does not tell these from a field that is absent, unless it is optional or one of several. */
const DEFAULTS = new Set<unknown>([0, '0', '', false]);

export function decodeOtlp<S extends Signal>(signal: S, body: Uint8Array, encoding: OtlpEncoding): OtlpRequests[S] {
  const type = REQUESTS[signal];
  try {
    return encoding === 'json' ? decodeJson(type, body) : decodeProtobuf(type, body);
  } catch (error) {
    throw new OtlpMalformed(
      `The body is no request of OTLP for ${signal}: ${error instanceof Error ? error.message : 'it cannot be read'}.`,
    );
  }
}

export function encodeOtlp<S extends Signal>(signal: S, request: OtlpRequests[S], encoding: OtlpEncoding): Uint8Array {
  return encode(REQUESTS[signal], { ...request }, encoding);
}

/** The answer to a request that was taken, of which `rejected` records could not be. */
export function encodeOtlpReply(
  signal: Signal,
  refused: { rejected: number; message: string } | undefined,
  encoding: OtlpEncoding,
): Uint8Array {
  const { type, rejected } = REPLIES[signal];
  const reply = refused && { partialSuccess: { [rejected]: String(refused.rejected), errorMessage: refused.message } };
  return encode(type, reply ?? {}, encoding);
}

/** The answer to a request that was not taken; `code` is one of gRPC. */
export function encodeRpcStatus(status: { code: number; message: string }, encoding: OtlpEncoding): Uint8Array {
  return encode(RPC_STATUS, status, encoding);
}

function encode(type: protobuf.Type, plain: Plain, encoding: OtlpEncoding): Uint8Array {
  if (encoding === 'json') return Buffer.from(JSON.stringify(plain, notFinite));
  return type.encode(converted(type, plain, toWire)).finish();
}

/** What JSON has no number for, as the JSON of protobuf writes it. */
const notFinite = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

function decodeProtobuf(type: protobuf.Type, body: Uint8Array): Plain {
  const reader = protobuf.Reader.create(body);
  reader.discardUnknown = false;
  return converted(type, type.decode(reader), fromWire);
}

function decodeJson(type: protobuf.Type, body: Uint8Array): Plain {
  return converted(type, parsedJson(Buffer.from(body).toString()), fromJson);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('it is no JSON');
  }
}

type Convert = (field: protobuf.Field, value: unknown) => unknown;

/** A copy of a message with what the schema knows, each scalar as `convert` makes it. */
function converted(type: protobuf.Type, message: unknown, convert: Convert, depth = 0): Plain {
  if (depth > MAX_DEPTH) throw new TypeError('it is nested too deeply');
  if (!isPlain(message)) throw new TypeError(`${type.name} is not an object`);
  const copy: Plain = {};
  for (const field of type.fieldsArray) {
    const value = Object.hasOwn(message, field.name) ? message[field.name] : undefined;
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    const { resolvedType } = field;
    const one = (item: unknown): unknown =>
      resolvedType instanceof protobuf.Type ? converted(resolvedType, item, convert, depth + 1) : convert(field, item);
    if (field.repeated && !Array.isArray(value)) throw new TypeError(`${nameOf(field)} is not an array`);
    const made = Array.isArray(value) ? value.map(one) : one(value);
    if (field.hasPresence || !DEFAULTS.has(made)) copy[field.name] = made;
  }
  // protobufjs has a getter of its own by that name where a message has none.
  const unknown = message[UNKNOWN] ?? (Object.hasOwn(message, '$unknowns') ? message.$unknowns : undefined);
  if (convert === fromWire && unknown !== undefined) copy[UNKNOWN] = unknown;
  if (convert === toWire && unknown !== undefined) copy.$unknowns = unknown;
  return copy;
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nameOf = (field: protobuf.Field): string => `${field.parent?.name ?? ''}.${field.name}`;

/** OTLP/JSON has ids in hex, which the JSON of protobuf has not. */
const textOf = (field: protobuf.Field): 'hex' | 'base64' => (field.name.endsWith('Id') ? 'hex' : 'base64');

function fromWire(field: protobuf.Field, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString(textOf(field));
  return value instanceof protobuf.util.Long ? wideText(value) : value;
}

function wideText({ low, high, unsigned }: protobuf.Long): string {
  const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return String(unsigned ? BigInt.asUintN(64, bits) : bits);
}

function toWire(field: protobuf.Field, value: unknown): unknown {
  const isBytes = field.type === 'bytes' && typeof value === 'string';
  return isBytes ? Buffer.from(value, textOf(field)) : value;
}

function fromJson(field: protobuf.Field, value: unknown): unknown {
  const read = READERS[field.type]?.(value, field);
  if (read === undefined) throw new TypeError(`${nameOf(field)} is no ${field.type}`);
  return read;
}

/** Reads an integer, a text or a number, that stays the same in 64 bits. */
const wide =
  (within: (bits: bigint) => bigint) =>
  (value: unknown): string | undefined => {
    const isInteger = typeof value === 'string' ? /^-?\d{1,20}$/.test(value) : Number.isInteger(value);
    if (!isInteger || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
    const read = BigInt(value);
    return within(read) === read ? String(read) : undefined;
  };

const READERS: Record<string, (value: unknown, field: protobuf.Field) => unknown> = {
  string: (value) => (typeof value === 'string' ? value : undefined),
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  bytes: (value, field) => {
    if (typeof value !== 'string') return undefined;
    if (textOf(field) === 'base64') return value;
    return /^([\da-f]{2})*$/i.test(value) ? value.toLowerCase() : undefined;
  },
  double: (value) => (typeof value === 'string' && /^(NaN|-?Infinity)$/.test(value) ? Number(value) : number(value)),
  ...Object.fromEntries(['int32', 'uint32', 'sint32', 'fixed32'].map((type) => [type, number])),
  ...Object.fromEntries(['int64', 'sfixed64'].map((type) => [type, wide((bits) => BigInt.asIntN(64, bits))])),
  ...Object.fromEntries(['uint64', 'fixed64'].map((type) => [type, wide((bits) => BigInt.asUintN(64, bits))])),
};

function number(value: unknown): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}
