import { assessReadiness, type ReadinessFacts } from '../../../functions/domain/readiness.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import {
  aJob,
  aLaunchConfiguration,
  aPart,
  aSourceServer,
  aTerminateJob,
  cutoverInstanceID,
  cutoverJobID,
  foreignJobID,
  jobID,
  lifeCycleStates,
  nowMs,
  sourceServerID,
  testInstanceID,
  testJobID,
} from '../../support/domain-builders.ts';

const options = { requireTestLaunch: true, lagMaxSeconds: 300, lastSeenMaxSeconds: 3_600 };

const factsOf = (server: Partial<SourceServer> = {}, fields: Partial<ReadinessFacts> = {}): ReadinessFacts => ({
  server: aSourceServer(server),
  jobs: [],
  launchConfiguration: aLaunchConfiguration(),
  lockedByRunID: undefined,
  sameHostname: [],
  now: nowMs,
  ...fields,
});

const assess = (facts: ReadinessFacts) => assessReadiness(facts, options);
const codesOf = (facts: ReadinessFacts) => assess(facts).map((reason) => reason.code);

const runningJob = aJob({ jobID: jobID(7), status: 'STARTED', initiatedBy: 'START_TEST' });
const lastCutover = { jobID: foreignJobID, initiatedAt: nowMs - 1_000 };
const foreignInstance = { ec2InstanceID: cutoverInstanceID, jobID: foreignJobID };

/** Every reason, the facts that give it and no other, and words of its fact. */
const eachReason: [string, ReadinessFacts, string][] = [
  ['ARCHIVED', factsOf({ isArchived: true }), 'isArchived is true'],
  ['WRONG_LIFECYCLE_STATE', factsOf({ lifeCycleState: 'TESTING' }), 'lifeCycle.state is TESTING'],
  ['REPLICATION_NOT_CONTINUOUS', factsOf({ dataReplicationState: 'STALLED' }), 'STALLED'],
  ['REPLICATION_NOT_CONTINUOUS', factsOf({ dataReplicationState: undefined }), 'not given'],
  ['REPLICATION_ERROR', factsOf({ dataReplicationError: 'NOT_CONVERGING' }), 'NOT_CONVERGING'],
  ['LAG_UNKNOWN', factsOf({ lagMs: undefined }), 'lagDuration is not given'],
  ['LAG_TOO_HIGH', factsOf({ lagMs: 5_400_000 }), '5400 s, more than lagMaxSeconds (300 s)'],
  ['AGENT_NOT_SEEN', factsOf({ lastSeenAt: nowMs - 7_200_000 }), 'last seen 7200 s ago'],
  ['AGENT_NOT_SEEN', factsOf({ lastSeenAt: undefined }), 'lastSeenByServiceDateTime is not given'],
  ['JOB_HOLDS_SERVER', factsOf({}, { jobs: [runningJob] }), `job ${jobID(7)} (START_TEST) is STARTED`],
  ['LOCKED_BY_OTHER_RUN', factsOf({}, { lockedByRunID: 'night-0' }), 'run night-0 holds'],
  ['NO_LAUNCH_CONFIGURATION', factsOf({}, { launchConfiguration: undefined }), 'no launch configuration'],
  [
    'LAUNCH_DISPOSITION_STOPPED',
    factsOf({}, { launchConfiguration: aLaunchConfiguration({ launchDisposition: 'STOPPED' }) }),
    'launchDisposition is STOPPED',
  ],
  [
    'LAUNCH_DISPOSITION_UNKNOWN',
    factsOf({}, { launchConfiguration: aLaunchConfiguration({ launchDisposition: 'A_WORD_OF_TOMORROW' }) }),
    'launchDisposition is A_WORD_OF_TOMORROW',
  ],
  ['NEVER_TESTED', factsOf({ lastTest: {} }), 'lastTest has never been initiated'],
  ['UNKNOWN_LAUNCHED_INSTANCE', factsOf({ launchedInstance: foreignInstance, lastCutover }), cutoverInstanceID],
  ['AMBIGUOUS_HOSTNAME', factsOf({}, { sameHostname: [sourceServerID(2)] }), sourceServerID(2)],
];

describe('assessReadiness', () => {
  it('has nothing against a tested, replicating server in READY_FOR_CUTOVER', () => {
    expect(assess(factsOf())).toEqual([]);
  });

  it('takes a launch disposition that MGN does not give for its default, which starts the instance', () => {
    expect(
      assess(factsOf({}, { launchConfiguration: aLaunchConfiguration({ launchDisposition: undefined }) })),
    ).toEqual([]);
  });

  it.each(eachReason)('blocks by %s alone, naming the fact, its source and a remedy', (code, facts, words) => {
    const reasons = assess(facts);
    expect(reasons.map((reason) => reason.code)).toEqual([code]);
    expect(reasons[0]?.fact).toContain(words);
    expect(reasons[0]?.source).not.toBe('');
    expect(reasons[0]?.remedy).toMatch(/^[A-Z].+[^ ]$/);
  });

  it('names every reason at once, not only the first', () => {
    const server = {
      isArchived: true,
      lifeCycleState: 'CUTTING_OVER',
      dataReplicationState: 'STALLED',
      dataReplicationError: 'AGENT_NOT_SEEN',
      lagMs: 5_400_000,
      lastSeenAt: nowMs - 7_200_000,
      lastTest: {},
      lastCutover,
      launchedInstance: foreignInstance,
    };
    const jobs = [runningJob, { ...runningJob, jobID: jobID(8), initiatedBy: 'DIAGNOSTIC' }];
    const facts = factsOf(server, {
      jobs,
      lockedByRunID: 'night-0',
      launchConfiguration: undefined,
      sameHostname: [sourceServerID(2)],
    });
    expect(codesOf(facts)).toEqual([
      'ARCHIVED',
      'WRONG_LIFECYCLE_STATE',
      'REPLICATION_NOT_CONTINUOUS',
      'REPLICATION_ERROR',
      'LAG_TOO_HIGH',
      'AGENT_NOT_SEEN',
      'JOB_HOLDS_SERVER',
      'JOB_HOLDS_SERVER',
      'LOCKED_BY_OTHER_RUN',
      'NO_LAUNCH_CONFIGURATION',
      'NEVER_TESTED',
      'UNKNOWN_LAUNCHED_INSTANCE',
      'AMBIGUOUS_HOSTNAME',
    ]);
  });

  describe('tag of a deployment', () => {
    const sourceServerTag = { key: 'mgn-cutover', value: 'allowed' };
    const assessTag = (server: Partial<SourceServer>, tag = sourceServerTag) =>
      assessReadiness(factsOf(server), { ...options, sourceServerTag: tag });
    const { arn } = aSourceServer();

    it('lets the source server with the tag through, and asks nobody where there is none to carry', () => {
      expect(assessTag({ tags: { 'mgn-cutover': 'allowed', wave: '7' } })).toEqual([]);
      expect(assess(factsOf({ tags: {} }))).toEqual([]);
    });

    it.each([
      ['no tag', {}, 'it has no tag mgn-cutover; only'],
      ['another value', { 'mgn-cutover': 'later' }, 'its tag mgn-cutover is "later"; only'],
      ['another spelling', { 'MGN-Cutover': 'allowed' }, 'it has no tag mgn-cutover; only'],
    ])('blocks a source server with %s, with the command that opts it in', (_what, tags, words) => {
      expect(assessTag({ tags })).toEqual([
        {
          code: 'SOURCE_SERVER_TAG_MISSING',
          fact: `${words} source servers with mgn-cutover=allowed may be cut over here`,
          source: 'DescribeSourceServers',
          remedy: `If it may be cut over, say so: aws mgn tag-resource --resource-arn ${arn} --tags mgn-cutover=allowed --region eu-west-1`,
        },
      ]);
    });

    it('quotes a tag that a shell would take apart', () => {
      expect(assessTag({}, { key: 'cutover wave', value: 'night=1' })[0]?.remedy).toContain(
        `--tags '{"cutover wave":"night=1"}' --region`,
      );
      expect(assessTag({}, { key: 'cutover', value: 'night 1' })[0]?.remedy).toContain(`'{"cutover":"night 1"}'`);
    });
  });

  describe('freshness', () => {
    const zone = 'Europe/Berlin';
    const codesWith = (server: Partial<SourceServer>, freshness: object) =>
      assessReadiness(factsOf(server), { ...options, freshness: { lagZero: false, zone, ...freshness } }).map(
        ({ code, fact }) => `${code}: ${fact}`,
      );

    it('asks for no lag at all where the input does', () => {
      expect(codesWith({ lagMs: 1_200 }, { lagZero: true })).toEqual([
        'LAG_NOT_ZERO: lagDuration is 2 s, and freshness.lagZero asks for none',
      ]);
      expect(codesWith({ lagMs: 0 }, { lagZero: true })).toEqual([]);
      expect(codesWith({ lagMs: 1_200 }, { lagZero: false })).toEqual([]);
      expect(codesWith({ lagMs: undefined }, { lagZero: true })).toEqual([expect.stringMatching(/^LAG_UNKNOWN/)]);
    });

    it('asks for a snapshot taken after the applications were stopped', () => {
      const fencedAt = nowMs - 600_000;
      expect(codesWith({ lastSnapshotAt: fencedAt + 1 }, { fencedAt })).toEqual([]);
      expect(codesWith({ lastSnapshotAt: fencedAt }, { fencedAt })).toEqual([
        expect.stringMatching(
          /^SNAPSHOT_BEFORE_FENCE: .* is 2026-03-07 22:50 Europe.Berlin .* after .*fencedAt \(2026-03-07 22:50/,
        ),
      ]);
      expect(codesWith({ lastSnapshotAt: undefined }, { fencedAt })).toEqual([
        expect.stringMatching(/^SNAPSHOT_BEFORE_FENCE: lastSnapshotDateTime is not given/),
      ]);
      expect(codesWith({ lastSnapshotAt: undefined }, {})).toEqual([]);
    });
  });

  describe('lifecycle state', () => {
    it.each([...lifeCycleStates, 'A_STATE_OF_TOMORROW', 'not given'])('%s', (lifeCycleState) => {
      const expected = lifeCycleState === 'READY_FOR_CUTOVER' ? [] : ['WRONG_LIFECYCLE_STATE'];
      expect(codesOf(factsOf({ lifeCycleState }))).toEqual(expected);
    });

    it.each(lifeCycleStates.filter((state) => state !== 'READY_FOR_CUTOVER'))(
      'has a remedy of its own for %s',
      (lifeCycleState) => {
        const remedy = assess(factsOf({ lifeCycleState }))[0]?.remedy;
        expect(remedy).toMatch(/^[A-Z].+\.$/);
        expect(remedy).not.toBe('Bring it to READY_FOR_CUTOVER first.');
      },
    );

    it('has a common remedy for a state nobody knows yet', () => {
      const [reason] = assess(factsOf({ lifeCycleState: 'A_STATE_OF_TOMORROW' }));
      expect(reason?.remedy).toBe('Bring it to READY_FOR_CUTOVER first.');
    });
  });

  it.each([
    ['CONTINUOUS', true],
    ['STOPPED', false],
    ['INITIATING', false],
    ['INITIAL_SYNC', false],
    ['BACKLOG', false],
    ['CREATING_SNAPSHOT', false],
    ['PAUSED', false],
    ['RESCAN', false],
    ['STALLED', false],
    ['DISCONNECTED', false],
    ['PENDING_SNAPSHOT_SHIPPING', false],
    ['SHIPPING_SNAPSHOT', false],
  ])('data replication state %s: may start %p', (dataReplicationState, isReady) => {
    expect(codesOf(factsOf({ dataReplicationState }))).toEqual(isReady ? [] : ['REPLICATION_NOT_CONTINUOUS']);
  });

  it('takes lag and silence up to their limits, and not a moment more', () => {
    expect(codesOf(factsOf({ lagMs: 300_000, lastSeenAt: nowMs - 3_600_000 }))).toEqual([]);
    expect(codesOf(factsOf({ lagMs: 300_001, lastSeenAt: nowMs - 3_600_001 }))).toEqual([
      'LAG_TOO_HIGH',
      'AGENT_NOT_SEEN',
    ]);
  });

  it('does not ask an agentless server when its agent was last seen', () => {
    const agentless = { replicationType: 'SNAPSHOT_SHIPPING', lastSeenAt: undefined };
    expect(codesOf(factsOf(agentless))).toEqual([]);
    expect(codesOf(factsOf({ ...agentless, replicationType: undefined }))).toEqual(['AGENT_NOT_SEEN']);
  });

  it.each([
    ['a test job', 'START_TEST', 'PENDING'],
    ['a cutover job', 'START_CUTOVER', 'STARTED'],
    ['a terminate job', 'TERMINATE', 'STARTED'],
    ['a diagnostic job of AWS Support', 'DIAGNOSTIC', 'STARTED'],
    ['a job of an unknown kind', undefined, 'STARTED'],
  ])('is held by %s that has not ended', (_what, initiatedBy, status) => {
    const job = aJob({ jobID: foreignJobID, initiatedBy, status });
    expect(codesOf(factsOf({}, { jobs: [job] }))).toEqual(['JOB_HOLDS_SERVER']);
    expect(codesOf(factsOf({}, { jobs: [{ ...job, status: 'COMPLETED' }] }))).toEqual([]);
  });

  it('is not held by a job of other servers', () => {
    const job = { ...runningJob, participatingServers: [aPart({ sourceServerID: sourceServerID(2) })] };
    expect(codesOf(factsOf({}, { jobs: [job] }))).toEqual([]);
  });

  it('lets an untested server through only where the input says so', () => {
    const facts = factsOf({ lastTest: {} });
    expect(assessReadiness(facts, { ...options, requireTestLaunch: false })).toEqual([]);
  });

  describe('launched instance', () => {
    const testInstance = { ec2InstanceID: testInstanceID, jobID: testJobID };
    const terminated = [
      aJob({ jobID: foreignJobID }),
      aTerminateJob({
        participatingServers: [aPart({ launchStatus: 'TERMINATED', ec2InstanceID: cutoverInstanceID })],
      }),
    ];

    it.each([
      ['a test instance', { launchedInstance: testInstance }, [], true],
      ['one of a cutover that was reverted', { launchedInstance: foreignInstance, lastCutover }, [], false],
      ['one that names no job', { launchedInstance: { ec2InstanceID: testInstanceID } }, [], false],
      ['one that a terminate job deleted', { launchedInstance: foreignInstance, lastCutover }, terminated, true],
      [
        'one of which only launch jobs tell',
        { launchedInstance: foreignInstance, lastCutover },
        terminated.map((job) => ({ ...job, initiatedBy: 'START_CUTOVER' })),
        false,
      ],
    ])('%s', (_what, server, jobs, isReady) => {
      expect(codesOf(factsOf(server, { jobs }))).toEqual(isReady ? [] : ['UNKNOWN_LAUNCHED_INSTANCE']);
    });
  });

  it('says whose instance is in the way, or that nobody knows', () => {
    const factOf = (launchedInstance: SourceServer['launchedInstance']) =>
      assess(factsOf({ launchedInstance }))[0]?.fact;
    expect(factOf(foreignInstance)).toContain(
      `instance ${cutoverInstanceID} of job ${foreignJobID} is no test instance`,
    );
    expect(factOf({ ec2InstanceID: testInstanceID })).toContain(`instance ${testInstanceID} of job unknown`);
  });

  it('names the host name that two servers share', () => {
    expect(assess(factsOf({ hostname: 'web-1' }, { sameHostname: [sourceServerID(2)] }))[0]?.fact).toBe(
      `host name web-1 is also that of ${sourceServerID(2)}`,
    );
  });

  it('points a server that another run left needing a person to that run’s rollback', () => {
    const [reason] = assess(factsOf({}, { lockedByRunID: 'night-0' }));
    expect(reason?.remedy).toContain('mgn-cutover rollback night-0');
  });

  it('knows the own cutover job of a server by its lifecycle, whatever the instance is called', () => {
    const server = {
      lastTest: { jobID: cutoverJobID, initiatedAt: nowMs },
      lastCutover: { jobID: cutoverJobID, initiatedAt: nowMs },
      launchedInstance: { ec2InstanceID: cutoverInstanceID, jobID: cutoverJobID },
    };
    expect(codesOf(factsOf(server))).toEqual(['UNKNOWN_LAUNCHED_INSTANCE']);
  });
});
