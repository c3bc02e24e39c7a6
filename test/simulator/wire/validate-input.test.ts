import type * as v from 'valibot';

import * as inputs from '../../../simulator/wire/inputs.ts';
import { MgnException } from '../../../simulator/exceptions.ts';
import { validateInput } from '../../../simulator/wire/validate-input.ts';

const server = 's-11111111111111111';
const wave = 'wave-11111111111111111';
const application = 'app-11111111111111111';
const action = { sourceServerID: server, actionID: 'a1', actionName: 'Ping', documentIdentifier: 'Doc', order: 1001 };

const failuresOf = (schema: v.GenericSchema, raw: unknown): unknown => {
  try {
    validateInput(schema, raw);
    return 'valid';
  } catch (error) {
    return error instanceof MgnException ? error.members['fieldList'] : error;
  }
};

const namesOf = (schema: v.GenericSchema, raw: unknown): unknown => {
  const failures = failuresOf(schema, raw);
  return Array.isArray(failures) ? failures.map(({ name }: { name: string }) => name) : failures;
};

describe('validateInput', () => {
  it.each<[string, v.GenericSchema, unknown, string[]]>([
    ['a missing required list', inputs.jobStarter, {}, ['sourceServerIDs']],
    ['an empty list', inputs.jobStarter, { sourceServerIDs: [] }, ['sourceServerIDs']],
    ['201 servers', inputs.jobStarter, { sourceServerIDs: Array<string>(201).fill(server) }, ['sourceServerIDs']],
    ['a malformed id in a list', inputs.jobStarter, { sourceServerIDs: [server, 's-1'] }, ['sourceServerIDs.1']],
    ['an id with something after it', inputs.oneSourceServer, { sourceServerID: `${server}0` }, ['sourceServerID']],
    ['an id of another kind', inputs.oneSourceServer, { sourceServerID: wave }, ['sourceServerID']],
    ['a list where one id belongs', inputs.oneSourceServer, { sourceServerID: [server] }, ['sourceServerID']],
    [
      'sourceServerIDs sent to FinalizeCutover',
      inputs.oneSourceServer,
      { sourceServerIDs: [server] },
      ['sourceServerID'],
    ],
    [
      'a lifecycle state no caller may set',
      inputs.changeServerLifeCycleState,
      { sourceServerID: server, lifeCycle: { state: 'TESTING' } },
      ['lifeCycle.state'],
    ],
    ['maxResults of zero', inputs.listWaves, { maxResults: 0 }, ['maxResults']],
    ['maxResults of 1001', inputs.listWaves, { maxResults: 1001 }, ['maxResults']],
    ['maxResults that is no integer', inputs.listWaves, { maxResults: 1.5 }, ['maxResults']],
    ['an account of eleven digits', inputs.oneWave, { waveID: wave, accountID: '12345678901' }, ['accountID']],
    ['an account with letters', inputs.oneWave, { waveID: wave, accountID: '12345678901a' }, ['accountID']],
    ['a name that begins with a space', inputs.createNoun, { name: ' a' }, ['name']],
    [
      'a description of 601 characters',
      inputs.createNoun,
      { name: 'a', description: 'x'.repeat(601) },
      ['description'],
    ],
    [
      '51 tags',
      inputs.createNoun,
      { name: 'a', tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${String(index)}`, 'v'])) },
      ['tags'],
    ],
    [
      '51 applications',
      inputs.waveMembership,
      { waveID: wave, applicationIDs: Array<string>(51).fill(application) },
      ['applicationIDs'],
    ],
    ['an order reserved for predefined actions', inputs.putSourceServerAction, { ...action, order: 1000 }, ['order']],
    ['a time-out of zero', inputs.putSourceServerAction, { ...action, timeoutSeconds: 0 }, ['timeoutSeconds']],
    ['a document version', inputs.putSourceServerAction, { ...action, documentVersion: 'v1' }, ['documentVersion']],
    [
      'a moment in the offset form',
      inputs.describeJobs,
      { filters: { fromDate: '2026-01-01T00:00:00+00:00' } },
      ['filters.fromDate'],
    ],
    [
      'several members at once',
      inputs.putSourceServerAction,
      { actionID: '' },
      ['sourceServerID', 'actionID', 'actionID', 'actionName', 'documentIdentifier', 'order'],
    ],
    ['an ARN that is too short', inputs.listTagsForResource, { resourceArn: 'arn:aws:mgn' }, ['resourceArn']],
    ['no tag keys', inputs.untagResource, { resourceArn: 'a'.repeat(20) }, ['tagKeys']],
  ])('names %s', (_case, schema, raw, names) => {
    expect(namesOf(schema, raw)).toEqual(names);
  });

  it.each<[string, v.GenericSchema, unknown]>([
    ['200 servers', inputs.jobStarter, { sourceServerIDs: Array<string>(200).fill(server) }],
    ['empty filters', inputs.describeSourceServers, { filters: { sourceServerIDs: [], lifeCycleStates: [] } }],
    ['an action at each bound', inputs.putSourceServerAction, { ...action, order: 10_000, timeoutSeconds: 1 }],
    ['values newer than the SDK', inputs.updateLaunchConfiguration, { sourceServerID: server, bootMode: 'USE_SOURCE' }],
    ['moments with fractions', inputs.describeJobs, { filters: { fromDate: '2026-01-01T00:00:00.000Z' } }],
  ])('accepts %s', (_case, schema, raw) => {
    expect(failuresOf(schema, raw)).toBe('valid');
  });

  it('words each constraint, and counts them in the message', () => {
    expect(() => validateInput(inputs.oneSourceServer, {})).toThrow(
      "1 validation error detected: Value at 'sourceServerID' failed to satisfy constraint: Member must not be null",
    );
    expect(failuresOf(inputs.jobStarter, { sourceServerIDs: ['x'], tags: 1 })).toEqual([
      {
        name: 'sourceServerIDs.0',
        message: 'Member must satisfy regular expression pattern: s-[0-9a-zA-Z]{17}',
      },
      { name: 'tags', message: 'Member must be of type Object' },
    ]);
  });

  it('drops members the model does not know, as REST-JSON services do', () => {
    expect(validateInput(inputs.oneSourceServer, { sourceServerID: server, force: true })).toEqual({
      sourceServerID: server,
    });
  });
});
