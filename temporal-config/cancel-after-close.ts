import type { ConnectionOptions } from '@temporalio/client';

export type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type NextCall = Parameters<Interceptor>[1];

/** gRPC's code. */
const CANCELLED = 1;

/**
 * `nextCall`, for a connection that may be closed between two tries: the further try is cancelled then. It would throw
 * in a timer of the client's, where it cannot be caught, and end the process in the middle of its own stopping.
 */
export const orClosed =
  (nextCall: NextCall): NextCall =>
  (options) => {
    try {
      return nextCall(options);
    } catch (error) {
      return cancelled((error as Error).message);
    }
  };

const cancelled = (details: string): ReturnType<NextCall> => ({
  start: (metadata, listener) => listener?.onReceiveStatus?.({ code: CANCELLED, details, metadata }),
  sendMessage: () => undefined,
  sendMessageWithContext: () => undefined,
  startRead: () => undefined,
  halfClose: () => undefined,
  cancelWithStatus: () => undefined,
  getPeer: () => '',
  getAuthContext: () => null,
});
