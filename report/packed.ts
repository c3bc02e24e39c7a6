/** Data in a page, packed as gzip in base64: a browser unpacks it with what it has (DecompressionStream). */
import { gzipSync } from 'node:zlib';

/** The text, packed. */
export function packed(text: string): string {
  return gzipSync(text, { level: 9 }).toString('base64');
}
