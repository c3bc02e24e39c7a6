/** A tag as text, `key=value`: how inputs and settings name one. */
import * as v from 'valibot';
import type { Tag } from './source-server.ts';

/** The characters that AWS allows in tags; of several `=` the first one ends the key. */
const tagText = /^[\p{L}\p{N}\p{Zs}_.:/+@-]{1,128}=[\p{L}\p{N}\p{Zs}_.:/=+@-]{0,256}$/u;

/**
 * Schema of a tag as text. It stays text, because the ledger parses a stored input again, and it is a check rather than a
 * pattern, because JSON Schema has no flags for one.
 */
export const TagTextSchema = v.pipe(
  v.string(),
  v.check((text) => tagText.test(text), 'Expected a tag as key=value'),
);

/** The tag that a text which passed `TagTextSchema` means. */
export function tagOf(text: string): Tag {
  const separator = text.indexOf('=');
  return { key: text.slice(0, separator), value: text.slice(separator + 1) };
}
