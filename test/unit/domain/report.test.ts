import * as v from 'valibot';
import { buildReport } from '../../../functions/domain/report.ts';
import { AttemptRecordSchema, RunRecordSchema } from '../../../functions/domain/run-record.ts';
import { ServerRecordSchema } from '../../../functions/domain/server-record.ts';

const at = (time: string) => Date.parse(`2026-01-10T${time}Z`);
const cutoverJob = 'mgnjob-0123456789abcdefg';
const terminateJob = 'mgnjob-0123456789abcdefh';

const run = (more: object = {}) =>
  v.parse(RunRecordSchema, {
    runID: 'night-1',
    input: { waveID: 'wave-0123456789abcdefg', options: { deadlines: {} } },
    nonce: 'n',
    createdAt: at('22:00:00'),
    ...more,
  });

const server = (id: string, more: object = {}) =>
  v.parse(ServerRecordSchema, {
    sourceServerID: `s-${id.padStart(17, '0')}`,
    arn: 'arn:aws:mgn:us-east-1:123456789012:source-server/s-1',
    isArchived: false,
    phase: 'resolved',
    phaseAt: at('22:00:00'),
    launch: 'PENDING',
    reasons: [],
    warnings: [],
    expectedActions: [],
    actions: [],
    nextSteps: [],
    ...more,
  });

const facts = { run: run(), servers: [], attempts: [], failures: [] };

describe('buildReport', () => {
  it('calls a run without an end UNFINISHED and its servers UNDECIDED', () => {
    const report = buildReport({ ...facts, servers: [server('1')] });
    expect(report.run).toMatchObject({ name: 'night-1', outcome: 'UNFINISHED', startedAt: '2026-01-10T22:00:00.000Z' });
    expect(report.run.endedAt).toBeUndefined();
    expect(report.servers).toMatchObject([{ verdict: 'UNDECIDED', phase: 'resolved' }]);
  });

  it('tells the phases of a source server in order, and what was expected of it', () => {
    const plan = {
      plannedAt: at('22:00:00'),
      decision: 'PROCEED',
      reasons: [],
      expected: { launchSeconds: 600, actionsSeconds: 300, rollbackSeconds: 900 },
      lastSafeStartAt: at('23:00:00'),
    };
    const cutover = { jobID: cutoverJob, startedAt: at('22:02:00') };
    const phaseTimes = {
      starting: at('22:02:30'),
      ready: at('22:00:00'),
      failed: at('22:09:00'),
      'rolling back': at('22:09:00'),
    };
    const report = buildReport({
      ...facts,
      run: run({ plan }),
      servers: [server('1', { phase: 'rolling back', phaseTimes, cutover, expectedLaunchSeconds: 600 }), server('2')],
    });

    expect(report.run.plan).toEqual({
      plannedAt: '2026-01-10T22:00:00.000Z',
      expected: plan.expected,
      lastSafeStartAt: '2026-01-10T23:00:00.000Z',
    });
    const [one, two] = report.servers;
    expect(one?.phases.map(({ phase }) => phase)).toEqual(['ready', 'starting', 'failed', 'rolling back']);
    expect(one?.planned).toEqual({
      cutoverStartsAt: '2026-01-10T22:02:00.000Z',
      launchedAt: '2026-01-10T22:12:00.000Z',
      verifiedAt: '2026-01-10T22:17:00.000Z',
    });
    expect(one?.evidence).toContainEqual(
      expect.objectContaining({ source: 'StartCutover', holds: 'YES', at: '2026-01-10T22:02:00.000Z' }),
    );
    expect(two).toMatchObject({ planned: undefined, phases: [{ phase: 'resolved', at: '2026-01-10T22:00:00.000Z' }] });
  });

  it('says who approved the start and who asked for a rollback, as they said themselves', () => {
    const answer = { approved: true, at: at('22:01:00'), by: 'execution-1', person: 'ann' };
    const gates = [{ gate: 'START', openedAt: at('22:00:00'), closesAt: at('23:00:00'), taskToken: 'secret', answer }];
    const rollbacks = [{ executionID: 'execution-2', askedAt: at('22:30:00'), sourceServerCount: 2, person: 'bob' }];
    const report = buildReport({ ...facts, run: run({ gates, rollbacks }) });

    expect(report.run.gates?.[0]?.answer).toEqual({ ...answer, at: '2026-01-10T22:01:00.000Z' });
    expect(report.run.rollbacks).toEqual([{ ...rollbacks[0], askedAt: '2026-01-10T22:30:00.000Z' }]);
    expect(JSON.stringify(report)).not.toContain('secret');
  });

  it('keeps the recorded end', () => {
    const end = { endedAt: at('22:30:00'), outcome: 'VERIFIED', summary: '1 source server: 1 verified' };
    expect(buildReport({ ...facts, run: run({ end }) }).run).toMatchObject({
      outcome: 'VERIFIED',
      summary: end.summary,
      endedAt: '2026-01-10T22:30:00.000Z',
    });
  });

  it('says who asked for which source servers to be finalized, and when', () => {
    const sourceServerIDs = [`s-${'1'.padStart(17, '0')}`];
    const commits = [{ executionID: 'keep-1', askedAt: at('23:00:00'), sourceServerIDs }];
    expect(buildReport({ ...facts, run: run({ commits }) }).run.commits).toEqual([
      { executionID: 'keep-1', askedAt: '2026-01-10T23:00:00.000Z', sourceServerIDs },
    ]);
    expect(buildReport(facts).run.commits).toBeUndefined();
  });

  it('says where the run waited for a person and what they said, and gives nobody the means to speak for them', () => {
    const answer = { approved: true, at: at('21:30:00'), by: 'ana' };
    const gates = [
      { gate: 'START', openedAt: at('21:00:00'), closesAt: at('22:00:00'), taskToken: 'secret', answer },
      { gate: 'COMMIT', openedAt: at('23:00:00'), closesAt: at('23:59:00'), taskToken: 'secret' },
    ];
    const report = buildReport({ ...facts, run: run({ gates }) });

    expect(report.run.gates).toEqual([
      {
        gate: 'START',
        openedAt: '2026-01-10T21:00:00.000Z',
        closesAt: '2026-01-10T22:00:00.000Z',
        answer: { approved: true, at: '2026-01-10T21:30:00.000Z', by: 'ana' },
      },
      { gate: 'COMMIT', openedAt: '2026-01-10T23:00:00.000Z', closesAt: '2026-01-10T23:59:00.000Z' },
    ]);
    expect(JSON.stringify(report)).not.toContain('secret');
    expect(buildReport(facts).run.gates).toBeUndefined();
  });

  it('lists the batches that were started, and the priority group of each source server', () => {
    const servers = [
      server('1', { batchID: 'batch-002', priorityGroup: 1 }),
      server('2', { batchID: 'batch-001' }),
      server('3', { batchID: 'batch-002' }),
      server('4'),
    ];
    const report = buildReport({ ...facts, servers });

    expect(report.run.batchIDs).toEqual(['batch-001', 'batch-002']);
    expect(report.servers.map(({ priorityGroup }) => priorityGroup)).toEqual([1, 5, 5, 5]);
  });

  it('gathers the jobs, instances and times of a source server', () => {
    const record = server('1', {
      testInstance: { ec2InstanceID: 'i-test', jobID: cutoverJob, terminateJobID: terminateJob },
      cutover: { jobID: cutoverJob, startedAt: at('22:05:00'), launchedAt: at('22:15:00'), ec2InstanceID: 'i-new' },
      rollback: {
        requestedAt: at('22:20:00'),
        verifiedAt: at('22:25:00'),
        terminateJobID: terminateJob,
        terminatedInstanceID: 'i-new',
        problems: [],
      },
    });
    expect(buildReport({ ...facts, servers: [record] }).servers[0]).toMatchObject({
      jobs: { terminateTestInstance: terminateJob, cutover: cutoverJob, terminateCutoverInstance: terminateJob },
      instances: { test: 'i-test', cutover: 'i-new', terminated: 'i-new' },
      timings: {
        cutoverStartedAt: '2026-01-10T22:05:00.000Z',
        launchedAt: '2026-01-10T22:15:00.000Z',
        verifiedAt: undefined,
        rolledBackAt: '2026-01-10T22:25:00.000Z',
      },
    });
  });

  it('lists source servers by application and host name, whatever order they were read in', () => {
    const records = [
      server('1', { applicationName: 'shop', hostname: 'b' }),
      server('2', { applicationName: 'shop', hostname: 'a' }),
      server('3', { applicationName: 'billing', hostname: 'z' }),
    ];
    const namesOf = (servers: typeof records) =>
      buildReport({ ...facts, servers }).servers.map(({ hostname }) => hostname);
    expect(namesOf(records)).toEqual(['z', 'a', 'b']);
    expect(namesOf([...records].reverse())).toEqual(['z', 'a', 'b']);
  });

  it('lists starts of jobs by their time, and the steps that failed', () => {
    const attempt = {
      kind: 'START_CUTOVER',
      tryNumber: 1,
      token: 't',
      sourceServerIDs: [],
      knownJobIDs: [],
      state: 'STARTED',
    };
    const attempts = (['22:30:00', '22:05:00', '22:20:00'] as const).map((time, index) =>
      v.parse(AttemptRecordSchema, {
        ...attempt,
        batchID: `batch-00${String(index + 1)}`,
        attemptedAt: at(time),
        calledAt: at(time),
        isAnswered: true,
      }),
    );
    const failure = { at: at('22:40:00'), batchID: 'batch-001', error: 'TypeError', cause: 'no such thing' };
    const report = buildReport({ ...facts, attempts, failures: [failure] });

    expect(report.jobStarts.map(({ batchID }) => batchID)).toEqual(['batch-002', 'batch-003', 'batch-001']);
    expect(report.failures).toEqual([
      { at: '2026-01-10T22:40:00.000Z', batchID: 'batch-001', error: 'TypeError', message: 'no such thing' },
    ]);
    expect(report.run.target).toEqual({ waveID: 'wave-0123456789abcdefg' });
  });

  it.each([
    [{ jobID: cutoverJob, isAnswered: true }, 'RECEIVED'],
    [{ jobID: cutoverJob, isAnswered: false }, 'LOST_AND_FOUND'],
    [{ isAnswered: false }, 'NONE'],
  ])('tells from %j how a job’s start was answered: %s', (more, answer) => {
    const attempt = v.parse(AttemptRecordSchema, {
      kind: 'START_CUTOVER',
      batchID: 'batch-001',
      tryNumber: 1,
      token: 't',
      sourceServerIDs: [],
      knownJobIDs: [],
      state: 'STARTED',
      attemptedAt: at('22:05:00'),
      calledAt: at('22:05:00'),
      ...more,
    });
    expect(buildReport({ ...facts, attempts: [attempt] }).jobStarts).toMatchObject([
      { answer, calledAt: '2026-01-10T22:05:00.000Z' },
    ]);
  });
});
