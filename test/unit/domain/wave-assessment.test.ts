import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import { assessWave, type AssessmentFacts } from '../../../functions/domain/wave-assessment.ts';
import {
  aConfiguredAction,
  aLaunchConfiguration,
  applicationID,
  aServerRecord,
  aSourceServer,
  nowMs,
  runID,
  sourceServerID,
  testInstanceID,
  testJobID,
  waveID,
} from '../../support/domain-builders.ts';
import { aTarget, aTemplate } from '../../support/launch-target-builders.ts';

const arnOf = (number: number) => `arn:aws:mgn:eu-west-1:123456789012:source-server/${sourceServerID(number)}`;

/** Source server `number`, as MGN shows it. */
const server = (number: number, fields: Partial<SourceServer> = {}) =>
  aSourceServer({
    sourceServerID: sourceServerID(number),
    arn: arnOf(number),
    hostname: `web-${String(number)}`,
    ...fields,
  });

/** Its record, resolved and not looked at yet. */
const resolved = (number: number, fields: Partial<ServerRecord> = {}): ServerRecord =>
  aServerRecord({
    sourceServerID: sourceServerID(number),
    arn: arnOf(number),
    applicationID: applicationID(1),
    phase: 'resolved',
    batchID: undefined,
    cutover: undefined,
    ...fields,
  });

const input = (options: object = {}, rest: object = {}) => parseRunInput({ waveID: waveID(1), options, ...rest });

/** Two good source servers, unless a test says otherwise. */
const facts = (
  given: Partial<AssessmentFacts> = {},
  servers: readonly SourceServer[] = [server(1), server(2)],
): AssessmentFacts => ({
  input: input(),
  servers: new Map(servers.map((each) => [each.sourceServerID, each])),
  jobs: [],
  settings: new Map(
    servers.map(({ sourceServerID: id }) => [id, { configuration: aLaunchConfiguration(), actions: [] }]),
  ),
  targets: new Map(),
  agentSeenBefore: new Set(),
  expectedLaunchSeconds: new Map([[sourceServerID(1), { seconds: 600 }]]),
  fingerprints: new Map(),
  lockedBy: new Map(),
  sourceServerTag: undefined,
  warnings: [],
  now: nowMs,
  ...given,
});

const assess = (given: Partial<AssessmentFacts> = {}, servers?: readonly SourceServer[]) =>
  assessWave([resolved(1), resolved(2)], facts(given, servers));
const codesOf = ({ reasons }: ServerRecord) => reasons.map(({ code }) => code);

describe('a source server that is ready', () => {
  it('keeps what was found out about it', () => {
    const warning = { code: 'QUOTA_FULL', fact: 'full', source: 'DescribeJobs' };
    const launchedInstance = { ec2InstanceID: testInstanceID, jobID: testJobID };
    const actions = [aConfiguredAction()];
    const settings = new Map([[sourceServerID(1), { configuration: aLaunchConfiguration(), actions }]]);
    const [record] = assess({ warnings: [warning], settings }, [server(1, { launchedInstance }), server(2)]);
    expect(record).toMatchObject({
      phase: 'ready',
      phaseAt: nowMs,
      launch: 'PENDING',
      reasons: [],
      warnings: [warning],
      lifeCycleState: 'READY_FOR_CUTOVER',
      expectedLaunchSeconds: 600,
      testInstance: { ec2InstanceID: testInstanceID },
      expectedActions: [{ actionName: 'Join domain', mustSucceedForCutover: true }],
    });
  });

  it('forgets that an earlier look found it blocked, or had cut it for a job', () => {
    const blocked = resolved(1, {
      phase: 'blocked',
      verdict: 'BLOCKED',
      launch: 'NOT_STARTED',
      batchID: 'batch-001',
      reasons: [{ code: 'LAG_TOO_HIGH', fact: 'lag', source: 'DescribeSourceServers' }],
    });
    const [record] = assessWave([blocked], facts());
    expect(record).toMatchObject({ phase: 'ready', launch: 'PENDING', reasons: [] });
    expect([record?.verdict, record?.batchID]).toEqual([undefined, undefined]);
  });
});

describe('a source server is blocked', () => {
  it('when MGN lists it no longer', () => {
    const [, gone] = assess({}, [server(1)]);
    expect(gone).toMatchObject({ phase: 'blocked', verdict: 'BLOCKED', launch: 'NOT_STARTED' });
    expect(gone && codesOf(gone)).toEqual(['NOT_FOUND']);
  });

  it('by another run that holds it', () => {
    const [record] = assess({ lockedBy: new Map([[arnOf(1), runID('other')]]) });
    expect(record?.reasons[0]?.fact).toBe('run other holds this server');
  });

  it('by a host name that two of the wave report, however it is written', () => {
    const records = assess({}, [server(1, { hostname: 'WEB' }), server(2, { hostname: 'web' })]);
    expect(records.map(codesOf)).toEqual([['AMBIGUOUS_HOSTNAME'], ['AMBIGUOUS_HOSTNAME']]);
    expect(records[0]?.reasons[0]?.fact).toContain(sourceServerID(2));
    const nameless = assess({}, [server(1, { hostname: undefined }), server(2, { hostname: undefined })]);
    expect(nameless.map(codesOf)).toEqual([[], []]);
  });

  it('when MGN has no launch settings of it, and then nothing is expected to run on it', () => {
    const settings = new Map([[sourceServerID(2), { configuration: aLaunchConfiguration(), actions: [] }]]);
    const [record] = assess({ settings });
    expect(record && codesOf(record)).toEqual(['NO_LAUNCH_CONFIGURATION']);
    expect(record?.expectedActions).toEqual([]);
  });

  it('by its own reasons, although its application is incomplete as well', () => {
    const records = assess({ input: input({ onBlocked: 'skip' }) }, []);
    expect(records.map(codesOf)).toEqual([['NOT_FOUND'], ['NOT_FOUND']]);
  });

  it('by a fence in the zone of the window', () => {
    // 21:30 in New York is 02:30 UTC; the snapshot was taken at 02:00.
    const fenced = input(
      { freshness: { fencedAt: '2026-03-06T21:30' } },
      { window: { opensAt: '2026-03-06T20:00', closesAt: '2026-03-07T22:00', zone: 'America/New_York' } },
    );
    const snapshot = (time: string) => server(1, { lastSnapshotAt: Date.parse(`2026-03-07T${time}:00Z`) });
    expect(assess({ input: fenced }, [snapshot('02:00')]).map(codesOf)[0]).toEqual(['SNAPSHOT_BEFORE_FENCE']);
    expect(assess({ input: fenced }, [snapshot('02:31')]).map(codesOf)[0]).toEqual([]);
  });

  it('by a launch target without an instance profile only if an action has to succeed', () => {
    const targets = new Map([[sourceServerID(1), aTarget({ template: aTemplate({ instanceProfile: undefined }) })]]);
    const codesWith = (given: Partial<AssessmentFacts>, action?: object) => {
      const actions = action === undefined ? [] : [aConfiguredAction(action)];
      const settings = new Map([[sourceServerID(1), { configuration: aLaunchConfiguration(), actions }]]);
      return assess({ targets, settings, ...given }).map(codesOf)[0];
    };
    expect(codesWith({}, {})).toEqual(['NO_INSTANCE_PROFILE']);
    expect(codesWith({}, { mustSucceedForCutover: false })).toEqual([]);
    expect(codesWith({})).toEqual([]);
    expect(codesWith({ agentSeenBefore: new Set([sourceServerID(1)]) }, {})).toEqual([]);
  });

  it('by facts that are not those of the saved plan', () => {
    const fingerprints = { [sourceServerID(1)]: '000000000000' };
    const plan = { savedAt: '2026-03-06T12:00:00.000Z', fingerprints };
    const found = (fingerprint: string) => new Map([[sourceServerID(1), fingerprint]]);
    const codesWith = (fingerprint: string) =>
      assess({ input: input({}, { plan }), fingerprints: found(fingerprint) }).map(codesOf);
    expect(codesWith('111111111111')).toEqual([['FACTS_CHANGED'], ['NOT_IN_PLAN']]);
    expect(codesWith('000000000000')).toEqual([[], ['NOT_IN_PLAN']]);
  });

  it('with every reason there is, not only the first', () => {
    const [record] = assess({ lockedBy: new Map([[arnOf(1), 'other']]) }, [
      server(1, { lifeCycleState: 'TESTING', lagMs: undefined }),
    ]);
    expect(record && codesOf(record)).toEqual(['WRONG_LIFECYCLE_STATE', 'LAG_UNKNOWN', 'LOCKED_BY_OTHER_RUN']);
  });
});

describe('the others of an application of which one is blocked', () => {
  const oneBad = [server(1), server(2, { lifeCycleState: 'TESTING' })];

  it('stay ready where one blocked server refuses the wave anyway', () => {
    expect(assess({}, oneBad).map(({ phase }) => phase)).toEqual(['ready', 'blocked']);
  });

  it('are blocked with it where the blocked ones are skipped, because half an application is broken', () => {
    const records = assess({ input: input({ onBlocked: 'skip' }) }, oneBad);
    expect(records.map(({ phase }) => phase)).toEqual(['blocked', 'blocked']);
    expect(records.map(codesOf)).toEqual([['APPLICATION_INCOMPLETE'], ['WRONG_LIFECYCLE_STATE']]);
  });

  it('stay ready where applications are no units', () => {
    const options = { onBlocked: 'skip', failurePolicy: { application: 'independent' } };
    expect(assess({ input: input(options) }, oneBad).map(({ phase }) => phase)).toEqual(['ready', 'blocked']);
  });
});
