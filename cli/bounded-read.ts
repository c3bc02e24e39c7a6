/** Reads files and pipes up to a limit, so that no input is larger in memory than it was meant to be. */

/**
 * Reads a stream to its end.
 *
 * @param bytesMax - the most bytes that are read
 * @returns the bytes; undefined where there are more, of which the rest stays unread.
 */
export async function readBounded(stream: AsyncIterable<unknown>, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
    bytes += part.length;
    if (bytes > bytesMax) return undefined;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}
