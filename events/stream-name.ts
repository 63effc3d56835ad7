import { Failure } from '../contract/shared/failures.ts';

const STREAM_NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/i;

/** Throws `invalid_request` unless `stream` is a job or session id, and so never a path. */
export function checkStreamName(stream: string): void {
  if (!STREAM_NAME.test(stream)) {
    throw new Failure('invalid_request', 'The name of an event stream must be the id of a job or session.');
  }
}
