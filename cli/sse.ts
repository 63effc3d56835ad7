import { createParser } from 'eventsource-parser';

/**
 * The `data` of each server-sent event, in order, without comments; an event that the connection cut off is left out.
 * `onChunk` is called whenever anything arrives.
 */
export async function* readSse(chunks: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const complete: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => complete.push(data) });
  for await (const chunk of chunks) {
    onChunk();
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* complete.splice(0);
  }
}
