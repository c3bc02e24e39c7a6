import { InvalidInputError } from '../../../functions/domain/errors.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { applicationID, sourceServerID, waveID } from '../../support/domain-builders.ts';

const wave = { waveID: waveID(1) };
const idsOf = <ID>(idOf: (number: number) => ID, count: number) =>
  Array.from({ length: count }, (_, index) => idOf(index));

const messageOf = (input: unknown): string => {
  try {
    parseRunInput(input);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
};

describe('parseRunInput', () => {
  it('passes over what the console of Step Functions adds to the input of a nested execution', () => {
    const id = 'arn:aws:states:eu-west-1:123456789012:execution:migration:mig-1';
    expect(parseRunInput({ ...wave, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: id })).toEqual(parseRunInput(wave));
  });

  it('needs a wave and fills in every default, none of which finalizes', () => {
    expect(parseRunInput(wave)).toEqual({
      waveID: waveID(1),
      options: {
        onBlocked: 'refuse',
        onLocked: 'refuse',
        start: 'now',
        commit: 'never',
        onCommitTimeout: 'hold',
        priorityGroups: [],
        failurePolicy: { application: 'atomic', wave: 'independent' },
        callsPerSecondMax: 1,
        checkLaunchTargets: true,
        freshness: { lagZero: false },
        expected: {},
        hooks: [],
        batchServersMax: 200,
        terminateTestInstances: true,
        requireTestLaunch: true,
        lagMaxSeconds: 300,
        lastSeenMaxSeconds: 3_600,
        settleSeconds: 60,
        deadlines: {
          terminateSeconds: 3_600,
          launchSeconds: 7_200,
          firstBootSeconds: 1_800,
          agentSeconds: 1_800,
          actionsSeconds: 3_600,
          runningJobsSeconds: 7_200,
        },
      },
    });
  });

  it.each([
    ['a wave with its schema named', { ...wave, $schema: '../schemas/run-input.schema.json' }],
    ['applications', { applicationIDs: idsOf(applicationID, 200) }],
    ['source servers', { sourceServerIDs: idsOf(sourceServerID, 1_000) }],
    ['another account', { ...wave, accountID: '210987654321' }],
    ['the smallest settings', { ...wave, options: { batchServersMax: 1, lagMaxSeconds: 0, settleSeconds: 0 } }],
    ['the largest settings', { ...wave, options: { batchServersMax: 200, deadlines: { launchSeconds: 86_400 } } }],
  ])('takes %s', (_what, input) => {
    expect(parseRunInput(input)).toMatchObject(input);
  });

  it('keeps the defaults of what a partial group of settings leaves out', () => {
    const { deadlines } = parseRunInput({ ...wave, options: { deadlines: { launchSeconds: 60 } } }).options;
    expect(deadlines).toMatchObject({ launchSeconds: 60, firstBootSeconds: 1_800 });
  });

  it.each([
    [{}, 'none is there'],
    [{ accountID: '210987654321' }, 'none is there'],
    [[], 'none is there'],
    [{ ...wave, applicationIDs: [applicationID(1)] }, 'waveID and applicationIDs are there'],
    [{ ...wave, sourceServerIDs: [sourceServerID(1)] }, 'waveID and sourceServerIDs are there'],
    [
      { applicationIDs: [applicationID(1)], sourceServerIDs: [sourceServerID(1)] },
      'applicationIDs and sourceServerIDs are there',
    ],
  ])('insists on exactly one target: %j', (input, found) => {
    expect(messageOf(input)).toBe(
      `The input must name what to cut over by exactly one of waveID, applicationIDs or sourceServerIDs; ${found}.`,
    );
  });

  const options = (fields: Record<string, unknown>) => ({ ...wave, options: fields });
  const wrong: [unknown, string][] = [
    [undefined, 'the input: Invalid type: Expected Object but received undefined'],
    [null, 'the input: Invalid type: Expected Object but received null'],
    ['wave-1', 'the input: Invalid type: Expected Object but received "wave-1"'],
    [{ waveID: 7 }, 'waveID: Invalid type: Expected string but received 7'],
    [{ waveID: 'wave-1' }, 'waveID: expected the ID of a wave: "wave-" and 17 letters or digits (found "wave-1")'],
    [
      { waveID: applicationID(1) },
      `waveID: expected the ID of a wave: "wave-" and 17 letters or digits (found "${applicationID(1)}")`,
    ],
    [
      { waveID: `${waveID(1)} ` },
      `waveID: expected the ID of a wave: "wave-" and 17 letters or digits (found "${waveID(1)} ")`,
    ],
    [{ waveId: waveID(1) }, 'waveId is not a known field (did you mean waveID?)'],
    [{ ...wave, options: { freshness: { lag: 0 } } }, 'options.freshness.lag is not a known field'],
    [
      { sourceServerIDs: sourceServerID(1) },
      `sourceServerIDs: Invalid type: Expected Array but received "${sourceServerID(1)}"`,
    ],
    [{ sourceServerIDs: [] }, 'sourceServerIDs: expected at least one ID'],
    [{ sourceServerIDs: idsOf(sourceServerID, 1_001) }, 'sourceServerIDs: expected at most 1000 IDs'],
    [{ applicationIDs: idsOf(applicationID, 201) }, 'applicationIDs: expected at most 200 IDs'],
    [
      { sourceServerIDs: [sourceServerID(1), sourceServerID(2), sourceServerID(1)] },
      `sourceServerIDs.2: is listed twice (found "${sourceServerID(1)}")`,
    ],
    [
      { sourceServerIDs: [sourceServerID(1), 'i-0123'] },
      'sourceServerIDs.1: expected the ID of a source server: "s-" and 17 letters or digits (found "i-0123")',
    ],
    [
      { applicationIDs: ['app-1'] },
      'applicationIDs.0: expected the ID of an application: "app-" and 17 letters or digits (found "app-1")',
    ],
    [{ ...wave, accountID: '1234' }, 'accountID: expected an account ID: exactly 12 digits (found "1234")'],
    [{ ...wave, accountID: 123456789012 }, 'accountID: Invalid type: Expected string but received 123456789012'],
    [{ ...wave, $schema: 5 }, '$schema: Invalid type: Expected string but received 5'],
    [{ ...wave, options: null }, 'options: Invalid type: Expected Object but received null'],
    [
      options({ speed: 2 }),
      'options.speed is not a known field (there are onBlocked, onLocked, start, startBy, commit, commitBy, onCommitTimeout, priorityGroups, failurePolicy, batchServersMax, terminateTestInstances, requireTestLaunch, lagMaxSeconds, lastSeenMaxSeconds, settleSeconds, callsPerSecondMax, checkLaunchTargets, freshness, expected, hooks, deadlines)',
    ],
    [options({ onBlocked: 'ask' }), 'options.onBlocked: Invalid type: Expected ("refuse" | "skip") but received "ask"'],
    [
      options({ commit: true }),
      'options.commit: Invalid type: Expected ("never" | "approve" | "auto") but received true',
    ],
    [options({ batchServersMax: 0 }), 'options.batchServersMax: Invalid value: Expected >=1 but received 0'],
    [options({ batchServersMax: 201 }), 'options.batchServersMax: Invalid value: Expected <=200 but received 201'],
    [options({ batchServersMax: 1.5 }), 'options.batchServersMax: Invalid integer: Received 1.5'],
    [options({ batchServersMax: '50' }), 'options.batchServersMax: Invalid type: Expected number but received "50"'],
    [
      options({ terminateTestInstances: 'yes' }),
      'options.terminateTestInstances: Invalid type: Expected boolean but received "yes"',
    ],
    [options({ requireTestLaunch: 0 }), 'options.requireTestLaunch: Invalid type: Expected boolean but received 0'],
    [options({ lagMaxSeconds: -1 }), 'options.lagMaxSeconds: Invalid value: Expected >=0 but received -1'],
    [options({ lagMaxSeconds: 86_401 }), 'options.lagMaxSeconds: Invalid value: Expected <=86400 but received 86401'],
    [options({ lastSeenMaxSeconds: 59 }), 'options.lastSeenMaxSeconds: Invalid value: Expected >=60 but received 59'],
    [options({ settleSeconds: 601 }), 'options.settleSeconds: Invalid value: Expected <=600 but received 601'],
    [
      options({ deadlines: { patience: 1 } }),
      'options.deadlines.patience is not a known field (there are terminateSeconds, launchSeconds, firstBootSeconds, agentSeconds, actionsSeconds, runningJobsSeconds)',
    ],
  ];
  it.each(wrong)('refuses %j, naming the field', (input, message) => {
    expect(messageOf(input)).toBe(`The input cannot be used: ${message}.`);
  });

  it.each([
    'terminateSeconds',
    'launchSeconds',
    'firstBootSeconds',
    'agentSeconds',
    'actionsSeconds',
    'runningJobsSeconds',
  ])('bounds the deadline %s to a day', (name) => {
    const withDeadline = (value: unknown) => options({ deadlines: { [name]: value } });
    expect(messageOf(withDeadline(0))).toContain(`options.deadlines.${name}: Invalid value: Expected >=1`);
    expect(messageOf(withDeadline(86_401))).toContain(`options.deadlines.${name}: Invalid value: Expected <=86400`);
    expect(messageOf(withDeadline('1h'))).toContain(`options.deadlines.${name}: Invalid type: Expected number`);
  });

  it('names every wrong field at once', () => {
    const message = messageOf({ waveID: 'w', accountID: '1', colour: 'red', options: { commit: 'now' } });
    for (const field of ['waveID', 'accountID', 'colour', 'options.commit']) expect(message).toContain(field);
  });

  const window = { opensAt: '2026-11-28T22:00', closesAt: '2026-11-29T04:00', zone: 'Europe/Berlin' };
  const approve = (fields: Record<string, unknown>) => options({ commit: 'approve', ...fields });
  it.each<[string, unknown, string]>([
    [
      'a commit time without a commit to wait for',
      options({ commitBy: '2026-11-29T03:00Z' }),
      'options.commitBy is only',
    ],
    [
      'silence that means something without waiting',
      options({ onCommitTimeout: 'rollback' }),
      'options.onCommitTimeout is only',
    ],
    [
      'a commit after the window',
      { ...approve({ commitBy: '2026-11-29T04:01' }), window },
      'options.commitBy is after window.closesAt',
    ],
    [
      'a commit as the window opens',
      { ...approve({ commitBy: '2026-11-28T22:00' }), window },
      'options.commitBy is not after window.opensAt',
    ],
    [
      'a start after the window',
      { ...options({ startBy: '2026-11-29T05:00' }), window },
      'options.startBy is after window.closesAt',
    ],
    ['a local time without a zone', approve({ commitBy: '2026-11-29T03:00' }), 'options.commitBy'],
    ['a fence at no time', options({ freshness: { fencedAt: '2026-11-28T25:00Z' } }), 'freshness.fencedAt'],
    ['a window that ends first', { ...wave, window: { ...window, closesAt: '2026-11-28T21:00' } }, 'window.closesAt'],
    ['a window in no known zone', { ...wave, window: { ...window, zone: 'Europe/Bonn' } }, 'Europe/Bonn'],
    [
      'a pattern without its account',
      { ...wave, roleArn: 'arn:aws:iam::{accountID}:role/Cutover' },
      'accountID has to be there',
    ],
    [
      'a role of another account',
      { ...wave, accountID: '210987654321', roleArn: 'arn:aws:iam::123456789012:role/Cutover' },
      'roleArn is of account 123456789012, accountID is 210987654321',
    ],
    ['a group that does not exist', options({ priorityGroups: [{ group: 6, tag: 'role=dc' }] }), 'from 1 to 5'],
    ['a rule that names nobody', options({ priorityGroups: [{ group: 1 }] }), 'at least one of'],
    ['two bounds on failures', options({ failurePolicy: { stopAt: { servers: 1, percent: 5 } } }), 'stopAt'],
  ])('refuses %s', (_what, input, words) => {
    expect(messageOf(input)).toContain(words);
  });

  it('takes times in the zone of the window', () => {
    const input = { ...approve({ commitBy: '2026-11-29T03:00', startBy: '2026-11-28T23:00:00+01:00' }), window };
    expect(parseRunInput(input)).toMatchObject(input);
  });
});
