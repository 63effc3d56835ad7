import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Longest, and most, that is still read of a request that is answered already (milliseconds, bytes). */
const LINGER_MS = 10_000;
const LINGER_BYTES = 64 * 1024 * 1024;

const LOOK_EVERY_MS = 50;

/**
 * Has the answer to a request arrive whose body is still coming, such as 413: a connection that is closed with bytes
 * unread is reset, and a client that writes before it reads would see a broken pipe. What still comes is thrown away.
 */
export function lingerOnClose(app: FastifyInstance): void {
  app.addHook('onSend', (request, _reply, _payload, done) => {
    if (!request.raw.complete) linger(request);
    done();
  });
}

function linger({ raw }: FastifyRequest): void {
  const { socket } = raw;
  // Node calls this when the answer is written and the connection is not to be kept.
  socket.destroySoon = (): void => {
    socket.end();
    raw.resume();
    const [until, most] = [Date.now() + LINGER_MS, socket.bytesRead + LINGER_BYTES];
    const look = setInterval(() => {
      if (raw.complete || Date.now() > until || socket.bytesRead > most) socket.destroy();
    }, LOOK_EVERY_MS);
    socket.once('close', () => clearInterval(look));
  };
}
