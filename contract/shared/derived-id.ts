import { v5 } from 'uuid';

/** Namespace of the ids that are derived from other names (RFC 9562, version 5). */
const NAMESPACE = '8e2f3f5f-0a4b-4a0e-9f6d-6a0c5d1b7c21';

/** A UUIDv5 that is the same for the same `parts`, on every host and at every time. */
export const derivedId = (...parts: string[]): string => v5(JSON.stringify(parts), NAMESPACE);

/** The job that tries job `id` again: there is one at most, however often it is asked for. */
export const retryId = (id: string): string => derivedId('retry', id);
