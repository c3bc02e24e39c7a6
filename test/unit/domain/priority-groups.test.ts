import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import {
  PriorityGroupsSchema,
  priorityGroupOf,
  unknownGroupServers,
} from '../../../functions/domain/priority-groups.ts';
import { applicationID, aSourceServer, sourceServerID } from '../../support/domain-builders.ts';

const domainController = aSourceServer({
  sourceServerID: sourceServerID(1),
  applicationID: applicationID(1),
  tags: { role: 'domain-controller' },
});
const database = aSourceServer({ sourceServerID: sourceServerID(2), applicationID: applicationID(2), tags: {} });
const web = aSourceServer({ sourceServerID: sourceServerID(3), applicationID: undefined, tags: {} });

const groups = v.parse(PriorityGroupsSchema, [
  { group: 1, tag: 'role=domain-controller' },
  { group: 3, applicationIDs: [applicationID(2)] },
  { group: 2, sourceServerIDs: [sourceServerID(1), sourceServerID(2)] },
]);

const messagesOf = (input: unknown) =>
  (v.safeParse(PriorityGroupsSchema, input).issues ?? []).map(({ message }) => message);

describe('priorityGroupOf', () => {
  it('is the group of the first rule that names the server, not the lowest', () => {
    expect(priorityGroupOf(domainController, groups)).toBe(1);
    expect(priorityGroupOf(database, groups)).toBe(3);
  });

  it('is 5, the last, for a server that no rule names', () => {
    expect(priorityGroupOf(web, groups)).toBe(5);
    expect(priorityGroupOf(domainController, [])).toBe(5);
  });
});

describe('PriorityGroupsSchema', () => {
  it.each([0, 6, 7, 1.5, '1', null])('refuses group %j in one clear sentence', (group) => {
    expect(messagesOf([{ group, tag: 'role=web' }])).toEqual(['expected a priority group from 1 to 5']);
  });

  it('refuses a rule that names nobody', () => {
    expect(messagesOf([{ group: 1 }])).toEqual([
      'expected at least one of sourceServerIDs, applicationIDs or tag beside group',
    ]);
  });

  it('refuses a rule without a group', () => {
    expect(messagesOf([{ tag: 'role=web', applicationIDs: [applicationID(1)] }])).toEqual([
      'Invalid key: Expected "group" but received undefined',
    ]);
  });

  it('takes 50 rules and no more', () => {
    const rules = (count: number) => Array.from({ length: count }, () => ({ group: 5, tag: 'role=web' }));
    expect(messagesOf(rules(50))).toEqual([]);
    expect(messagesOf(rules(51))).toEqual(['expected at most 50 rules']);
  });

  it('becomes a JSON Schema that offers the five groups', () => {
    const schema = toJsonSchema(PriorityGroupsSchema, { typeMode: 'input', ignoreActions: ['check', 'brand'] });
    expect(schema).toMatchObject({
      maxItems: 50,
      items: { minProperties: 2, required: ['group'], properties: { group: { enum: [1, 2, 3, 4, 5] } } },
    });
  });
});

describe('unknownGroupServers', () => {
  it('names what is in a rule and not in the wave', () => {
    expect(unknownGroupServers(groups, [domainController, database, web])).toEqual([]);
    expect(unknownGroupServers(groups, [domainController])).toEqual([applicationID(2), sourceServerID(2)]);
  });
});
