import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { matches, SelectorSchema, unknownIDs, unmatchedTags } from '../../../functions/domain/selector.ts';
import { applicationID, aSourceServer, sourceServerID } from '../../support/domain-builders.ts';

const server = aSourceServer({
  sourceServerID: sourceServerID(1),
  applicationID: applicationID(1),
  tags: { role: 'domain-controller', empty: '' },
});

const messagesOf = (input: unknown) => (v.safeParse(SelectorSchema, input).issues ?? []).map(({ message }) => message);

describe('matches', () => {
  it.each([
    ['its ID', { sourceServerIDs: [sourceServerID(9), sourceServerID(1)] }],
    ['its application', { applicationIDs: [applicationID(9), applicationID(1)] }],
    ['its tag', { tag: 'role=domain-controller' }],
    ['a tag with an empty value', { tag: 'empty=' }],
    ['any of several', { sourceServerIDs: [sourceServerID(9)], applicationIDs: [applicationID(1)], tag: 'role=web' }],
  ])('means a server by %s', (_what, selector) => {
    expect(matches(selector, server)).toBe(true);
  });

  it.each([
    ['another ID', { sourceServerIDs: [sourceServerID(9)] }],
    ['another application', { applicationIDs: [applicationID(9)] }],
    ['another value of its tag', { tag: 'role=web' }],
    ['the beginning of its value', { tag: 'role=domain' }],
    ['a tag it lacks', { tag: 'team=shop' }],
    ['a tag it lacks, empty', { tag: 'team=' }],
    ['what every object has', { tag: 'constructor=' }],
  ])('does not mean it by %s', (_what, selector) => {
    expect(matches(selector, server)).toBe(false);
  });

  it('means a server without an application by ID or tag only', () => {
    const alone = { sourceServerID: sourceServerID(1), tags: { role: 'web' } };
    expect(matches({ applicationIDs: [applicationID(1)] }, alone)).toBe(false);
    expect(matches({ applicationIDs: [applicationID(1)], tag: 'role=web' }, alone)).toBe(true);
  });
});

describe('SelectorSchema', () => {
  it('is read from the ledger as it was written there', () => {
    const parsed = v.parse(SelectorSchema, { sourceServerIDs: [sourceServerID(1)], tag: 'role=web' });
    expect(v.parse(SelectorSchema, JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it.each([
    [{}, 'expected at least one of sourceServerIDs, applicationIDs or tag'],
    [{ sourceServerIDs: [] }, 'expected at least one ID'],
    [{ applicationIDs: [] }, 'expected at least one ID'],
    [{ applicationIDs: [sourceServerID(1)] }, 'expected the ID of an application: "app-" and 17 letters or digits'],
    [{ tag: 'role' }, 'Expected a tag as key=value'],
    [{ tags: 'role=web' }, 'Invalid key: Expected never but received "tags"'],
  ])('refuses %j', (input, message) => {
    expect(messagesOf(input)).toContain(message);
  });

  it('becomes a JSON Schema that demands a member and describes each', () => {
    const schema = toJsonSchema(SelectorSchema, { typeMode: 'input', ignoreActions: ['check', 'brand'] });
    expect(schema).toMatchObject({ minProperties: 1, additionalProperties: false, required: [] });
    for (const member of Object.values(schema.properties ?? {})) expect(member).toHaveProperty('description');
  });
});

describe('unknownIDs', () => {
  it('names each ID that no server has, once, and no tag', () => {
    const selectors = [
      { sourceServerIDs: [sourceServerID(1), sourceServerID(8)], applicationIDs: [applicationID(1)] },
      { sourceServerIDs: [sourceServerID(8)], applicationIDs: [applicationID(8)], tag: 'role=nobody' },
    ];
    expect(unknownIDs(selectors, [server])).toEqual([sourceServerID(8), applicationID(8)]);
  });
});

it('finds the tags that nobody carries, each once', () => {
  const rules = [{ tag: 'role=domain-controller' }, { tag: 'role=db' }, { tag: 'role=db' }, { tag: 'empty=' }, {}];
  expect(unmatchedTags(rules, [server])).toEqual(['role=db']);
  expect(unmatchedTags(rules, [])).toHaveLength(3);
});
