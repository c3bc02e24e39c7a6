/** Which operation a request is for: by method and path alone, as the service has no `x-amz-target` (`mgn.md` A.1). */
import { modelledOperations, networkMigrationPrefix, unmodelledOperations } from './operation-names.ts';
import type { OperationName } from './operation-names.ts';

/** What a request asks for; `uriMembers` are the input members its path and query carry. */
export type Route =
  | { readonly kind: 'modelled'; readonly operation: OperationName; readonly uriMembers: Record<string, unknown> }
  | { readonly kind: 'unmodelled'; readonly operation: string }
  | { readonly kind: 'unknown' };

const tagPrefix = '/tags/';
const tagOperations: Readonly<Record<string, OperationName>> = {
  POST: 'TagResource',
  GET: 'ListTagsForResource',
  DELETE: 'UntagResource',
};

const byPath = new Map<string, Route>([
  ...modelledOperations
    .filter((operation) => !Object.values(tagOperations).includes(operation))
    .map((operation): [string, Route] => [`POST /${operation}`, { kind: 'modelled', operation, uriMembers: {} }]),
  ...unmodelledOperations.map((operation): [string, Route] => [
    `${operation === 'DescribeVcenterClients' ? 'GET' : 'POST'} /${operation}`,
    { kind: 'unmodelled', operation },
  ]),
]);

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const tagRoute = (method: string, path: string, tagKeys: readonly string[] | undefined): Route => {
  const operation = tagOperations[method];
  const resourceArn = decoded(path.slice(tagPrefix.length));
  if (operation === undefined || resourceArn === undefined || resourceArn === '') return { kind: 'unknown' };
  const keys = operation === 'UntagResource' && tagKeys !== undefined ? { tagKeys } : {};
  return { kind: 'modelled', operation, uriMembers: { resourceArn, ...keys } };
};

/** The operation behind a method, a still encoded path and a decoded query. */
export const route = (method: string, path: string, query: Readonly<Record<string, readonly string[]>>): Route => {
  if (path.startsWith(tagPrefix)) return tagRoute(method, path, query['tagKeys']);
  if (path.startsWith(networkMigrationPrefix) && method === 'POST') {
    return { kind: 'unmodelled', operation: path.slice(networkMigrationPrefix.length) };
  }
  return byPath.get(`${method} ${path}`) ?? { kind: 'unknown' };
};
