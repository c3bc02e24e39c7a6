import { listing, page } from '../../../simulator/wire/paging.ts';

const letterList = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const letters = listing(letterList, (letter) => letter.toUpperCase());

describe('page', () => {
  it('walks a list to its end, page by page', () => {
    const first = page(letters, { maxResults: 3 }, 'ListWaves/1', 50);
    const second = page(letters, { maxResults: 3, nextToken: first.nextToken }, 'ListWaves/1', 50);
    const third = page(letters, { maxResults: 3, nextToken: second.nextToken }, 'ListWaves/1', 50);
    expect([first.items, second.items, third.items]).toEqual([['A', 'B', 'C'], ['D', 'E', 'F'], ['G']]);
    expect(third).not.toHaveProperty('nextToken');
  });

  it('has no token when the last page is exactly full', () => {
    expect(page(letters, { maxResults: 7 }, 'x', 50)).not.toHaveProperty('nextToken');
  });

  it('uses the default page size when maxResults is left out', () => {
    expect(page(letters, {}, 'x', 2).items).toEqual(['A', 'B']);
  });

  it('renders only what the page shows', () => {
    const seen: string[] = [];
    const noting = listing(letterList, (letter) => seen.push(letter));
    page(noting, { maxResults: 2 }, 'x', 50);
    expect(seen).toEqual(['a', 'b']);
  });

  it('goes on after members were removed in between', () => {
    const { nextToken } = page(letters, { maxResults: 5 }, 'x', 50);
    expect(page(listing(['a', 'b', 'c'], String), { nextToken }, 'x', 50)).toEqual({ items: [] });
  });

  it.each(['nonsense', 'NUBvdGhlcg', '-1', Buffer.from('1e3@x').toString('base64url')])(
    'refuses the token %s, which it never issued',
    (nextToken) => {
      let refused: unknown;
      try {
        page(letters, { nextToken }, 'x', 50);
      } catch (error) {
        refused = error;
      }
      expect(refused).toMatchObject({
        name: 'ValidationException',
        members: { reason: 'fieldValidationFailed', fieldList: [{ name: 'nextToken' }] },
      });
    },
  );

  it('refuses a token of another operation or account', () => {
    const { nextToken } = page(letters, { maxResults: 1 }, 'ListWaves/1', 50);
    expect(() => page(letters, { nextToken }, 'ListApplications/1', 50)).toThrow('token');
    expect(() => page(letters, { nextToken }, 'ListWaves/2', 50)).toThrow('token');
  });
});
