/**
 * The `data` of each server-sent event, in order; comments are dropped, and so is an event that was cut off. `onChunk`
 * is called whenever anything arrives.
 */
export async function* readSse(chunks: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    onChunk();
    const searched = Math.max(0, rest.length - 1);
    rest += decoder.decode(chunk, { stream: true });
    for (let end = rest.indexOf('\n\n', searched); end >= 0; end = rest.indexOf('\n\n')) {
      const data = dataOf(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (data !== '') yield data;
    }
  }
}

const dataOf = (frame: string): string =>
  frame
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n');
