/**
 * Paging, in one place (`mgn.md` A.4): a list operation hands over what matched, unrendered, and only the page that is
 * asked for is rendered. Tokens are opaque to clients and bound to the operation and account that issued them.
 */
import { MgnException } from '../exceptions.ts';

/** What a list operation returns: how many items matched, and a way to render some of them. */
export interface Listing<Item> {
  readonly total: number;
  /** Items `from` (inclusive) to `to` (exclusive), rendered. */
  readonly slice: (from: number, to: number) => Item[];
}

/** A listing over records that are rendered one by one, when their page is asked for. */
export const listing = <Source, Item>(records: readonly Source[], render: (source: Source) => Item): Listing<Item> => ({
  total: records.length,
  slice: (from, to) => records.slice(from, to).map((record) => render(record)),
});

/** One page as the wire carries it; `nextToken` is present exactly while more items follow. */
export interface Page<Item> {
  readonly items: Item[];
  readonly nextToken?: string;
}

/** The paging members of a list request, all optional on the wire. */
export interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

const tokenPattern = /^(\d{1,9})@(.*)$/;

const encodeToken = (offset: number, scope: string): string =>
  Buffer.from(`${String(offset)}@${scope}`).toString('base64url');

/** @throws MgnException ValidationException when the token is not one this scope issued. */
const decodeToken = (token: string, scope: string): number => {
  const found = tokenPattern.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (found?.[1] === undefined || found[2] !== scope) {
    throw new MgnException('ValidationException', 'The pagination token is not valid.', {
      reason: 'fieldValidationFailed',
      fieldList: [{ name: 'nextToken', message: 'The pagination token is not valid.' }],
    });
  }
  return Number(found[1]);
};

/**
 * The page a request asks for. Tokens hold an offset, so items created or removed between two pages may shift by one
 * place but never make a token invalid.
 *
 * @param scope what the token belongs to (operation and account); a token of another scope is refused.
 * @throws MgnException ValidationException on a foreign or malformed token.
 */
export const page = <Item>(
  listed: Listing<Item>,
  request: PageRequest,
  scope: string,
  defaultPageSize: number,
): Page<Item> => {
  const from = request.nextToken === undefined || request.nextToken === '' ? 0 : decodeToken(request.nextToken, scope);
  const to = from + (request.maxResults ?? defaultPageSize);
  const items = listed.slice(from, to);
  return to < listed.total ? { items, nextToken: encodeToken(to, scope) } : { items };
};
