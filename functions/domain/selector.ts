/** Which source servers of a wave something is meant for: named, by application, or by tag. */
import * as v from 'valibot';
import { ApplicationIDSchema, SourceServerIDSchema } from './identifiers.ts';
import type { SourceServer } from './source-server.ts';
import { tagOf, TagTextSchema } from './tag-text.ts';

/** Most rules in a list of selectors. */
export const selectorsMax = 50;

/** IDs in a list: at least one, as an empty list would mean nobody. */
export const idList = <Item extends v.GenericSchema<unknown, string>>(item: Item, description: string) =>
  v.exactOptional(
    v.pipe(
      v.array(item),
      v.minLength(1, 'expected at least one ID'),
      v.maxLength(1_000, 'expected at most 1000 IDs'),
      v.description(description),
    ),
  );

/** The members of a selector, for schemas that have some of their own beside them. */
export const selectorEntries = {
  sourceServerIDs: idList(SourceServerIDSchema, 'Source servers by their IDs.'),
  applicationIDs: idList(ApplicationIDSchema, 'All source servers of these applications.'),
  tag: v.exactOptional(v.pipe(TagTextSchema, v.description('All source servers that carry this tag, as "key=value".'))),
};

/** Schema of a selector: at least one member. */
export const SelectorSchema = v.pipe(
  v.strictObject(selectorEntries),
  v.minEntries(1, 'expected at least one of sourceServerIDs, applicationIDs or tag'),
);
/** Which source servers something is meant for; a server that any member names is meant. */
export type Selector = v.InferOutput<typeof SelectorSchema>;

/** What a selector looks at. */
export type SelectableServer = Pick<SourceServer, 'sourceServerID' | 'applicationID' | 'tags'>;

/** Whether the selector means this server: by its ID, its application or its tags, of which any one is enough. */
export function matches(selector: Selector, server: SelectableServer): boolean {
  const { sourceServerIDs, applicationIDs, tag } = selector;
  if (sourceServerIDs?.includes(server.sourceServerID) === true) return true;
  if (server.applicationID !== undefined && applicationIDs?.includes(server.applicationID) === true) return true;
  if (tag === undefined) return false;
  const { key, value } = tagOf(tag);
  return server.tags[key] === value;
}

/**
 * The IDs in the selectors that none of these servers has, each once: most likely somebody mistyped. A tag that nobody
 * carries is not among them, since one rule may serve many waves.
 */
export function unknownIDs(
  selectors: readonly Pick<Selector, 'sourceServerIDs' | 'applicationIDs'>[],
  servers: readonly Pick<SelectableServer, 'sourceServerID' | 'applicationID'>[],
): string[] {
  const known = new Set<string>(
    servers.flatMap(({ sourceServerID, applicationID }) => [sourceServerID, applicationID ?? '']),
  );
  const named = selectors.flatMap(({ sourceServerIDs = [], applicationIDs = [] }) => [
    ...sourceServerIDs,
    ...applicationIDs,
  ]);
  return [...new Set<string>(named)].filter((id) => !known.has(id));
}

/** The tags in the selectors, as "key=value", that none of these servers carries: mistyped, or meant for other waves. */
export function unmatchedTags(
  selectors: readonly Pick<Selector, 'tag'>[],
  servers: readonly Pick<SelectableServer, 'tags'>[],
): string[] {
  const named = new Set(selectors.flatMap(({ tag }) => tag ?? []));
  return [...named].filter((text) => {
    const { key, value } = tagOf(text);
    return !servers.some(({ tags }) => tags[key] === value);
  });
}
