import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Failure } from '../../contract/shared/failures.ts';
import { decodeOtlp, encodeOtlpReply, OtlpMalformed, type OtlpEncoding } from '../../telemetry/otlp/codec.ts';
import type { Signal } from '../../telemetry/otlp/sink.ts';
import { PostgresAway } from '../../telemetry/store/postgres.ts';
import type { TelemetryStore } from '../../telemetry/store/telemetry-store.ts';
import { ApiError } from '../http/api-error.ts';

interface OtlpBody {
  body: Buffer | undefined;
  /** `Content-Encoding` of the request. */
  packing: string | undefined;
  encoding: OtlpEncoding;
  maxBytes: number;
}

/** Keeps one request of OTLP; the answer to it, once PostgreSQL has it. */
export async function receive(store: TelemetryStore, signal: Signal, sent: OtlpBody): Promise<Uint8Array> {
  const { encoding } = sent;
  try {
    const rejected = await store.take(signal, decodeOtlp(signal, await unpacked(sent), encoding));
    const message = 'records without the ids that they need, or that PostgreSQL does not take, are not kept';
    return encodeOtlpReply(signal, rejected === 0 ? undefined : { rejected, message }, encoding);
  } catch (error) {
    if (error instanceof OtlpMalformed) throw new Failure('invalid_request', error.message);
    if (error instanceof PostgresAway) throw new ApiError('telemetry_unavailable', 'PostgreSQL does not answer');
    throw error;
  }
}

async function unpacked({ body = Buffer.alloc(0), packing = 'identity', maxBytes }: OtlpBody): Promise<Buffer> {
  if (packing === 'identity') return body;
  if (packing !== 'gzip') throw new ApiError('unsupported_media_type', 'the body may be compressed with gzip only');
  return promisify(gunzip)(body, { maxOutputLength: maxBytes }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ApiError('payload_too_large', 'the body is too large');
    throw new Failure('invalid_request', 'the body is not what gzip makes');
  });
}
