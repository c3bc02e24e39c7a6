/** What is kept and told when an execution has ended, whatever else fails meanwhile. */
import { InvalidInputError, TransientServiceError } from '../../../functions/domain/errors.ts';
import type { LedgerStore } from '../../../functions/domain/ports.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { ReportIncompleteError } from '../../../functions/watch/report-parts.ts';
import { inFlightMs } from '../../../functions/watch/settle-run.ts';
import {
  aCutOverServer,
  aJob,
  aServerRecord,
  cutoverInstanceID,
  cutoverJobID,
  foreignJobID,
  nowMs,
  runID,
  sourceServerID,
} from '../../support/domain-builders.ts';
import {
  aHeldRun,
  aReportingWorld,
  anAttempt,
  anEvent,
  arnOf,
  waveArn,
  type ReportingWorld,
} from './watch-builders.ts';

const night = runID('night-1');
const evidenceKey = 'runs/night-1/20260307T215959Z-wave-cutover-ABORTED.json';
const latestKey = 'runs/night-1/report.json';
const verifiedEnd = { endedAt: nowMs - 2_000, outcome: 'VERIFIED', summary: '1 source server: 1 verified' } as const;

/** A run that was stopped while its cutover job was at work. */
const leaveRun = async ({ ledger }: ReportingWorld) => {
  await ledger.createRun(aHeldRun());
  await ledger.saveServers(night, [aServerRecord()]);
  await ledger.saveAttempt(night, anAttempt(), undefined);
};

/** A run whose wave ended with its server verified. */
const endRun = async ({ ledger }: ReportingWorld) => {
  await ledger.createRun(aHeldRun({ end: verifiedEnd }));
  await ledger.saveServers(night, [aServerRecord({ verdict: 'VERIFIED', phase: 'verified' })]);
};

const heldUntil = async ({ ledger }: ReportingWorld) => (await ledger.readRun(night))?.value.holder?.heldUntil;

it('clears the way, keeps what was seen, and tells people of a run that was stopped', async () => {
  const world = aReportingWorld({
    describeSourceServers: () => Promise.resolve([aCutOverServer()]),
    describeJobsSince: () =>
      Promise.resolve([aJob({ status: 'STARTED' }), aJob({ jobID: foreignJobID, participatingServers: [] })]),
  });
  await leaveRun(world);

  const answer = await world.report();

  expect(answer).toEqual({
    reported: true,
    machine: 'wave-cutover',
    status: 'ABORTED',
    standing: 'LEFT',
    isTold: true,
  });
  expect(await heldUntil(world)).toBe(nowMs + inFlightMs);
  expect([...world.objects.keys()]).toEqual([evidenceKey, latestKey]);
  expect(world.objects.get(latestKey)).toEqual(world.objects.get(evidenceKey));
  expect(world.objects.get(evidenceKey)).toMatchObject({
    execution: { executionID: waveArn, status: 'ABORTED', endedAt: '2026-03-07T21:59:59.000Z' },
    standing: 'LEFT',
    holder: { executionID: waveArn, heldUntil: '2026-03-07T22:05:00.000Z' },
    observation: {
      servers: [{ sourceServerID: sourceServerID(1), lifeCycleState: 'CUTTING_OVER', lastCutoverJobID: cutoverJobID }],
      jobs: [
        {
          jobID: cutoverJobID,
          status: 'STARTED',
          hasEnded: false,
          isOfThisRun: true,
          servers: [{ sourceServerID: sourceServerID(1), ec2InstanceID: cutoverInstanceID }],
        },
      ],
    },
    report: { run: { name: 'night-1', outcome: 'UNFINISHED' }, servers: [{ sourceServerID: sourceServerID(1) }] },
  });
  expect(world.notices).toHaveLength(1);
  expect(world.notices[0]?.text).toContain(`s3://evidence/${evidenceKey}`);
  expect(world.notices[0]?.text).toContain('mgnjob-00000000000000002 (START_CUTOVER, of this run)');
  expect(world.metrics).toEqual([{ RunsNeedingAPerson: 1 }]);
});

it('knows a job for the run’s own by the attempt’s tag where the answer to the call was lost', async () => {
  const tagged = aJob({ jobID: foreignJobID, status: 'PENDING', tags: { CutoverAttempt: 'token-1' } });
  const world = aReportingWorld({ describeJobsSince: () => Promise.resolve([tagged, aJob()]) });
  await leaveRun(world);
  await world.ledger.saveAttempt(night, anAttempt({ state: 'ATTEMPTED', jobID: undefined }), 1);

  await world.report();

  expect(world.objects.get(latestKey)).toMatchObject({
    observation: {
      jobs: [
        { jobID: foreignJobID, isOfThisRun: true },
        { jobID: cutoverJobID, isOfThisRun: false },
      ],
    },
  });
});

it('reports from the ledger when MGN cannot be read, and says so', async () => {
  const world = aReportingWorld({
    describeSourceServers: () => Promise.reject(new TransientServiceError(`throttled ${'x'.repeat(900)}`)),
  });
  await leaveRun(world);

  await world.report();

  const words = `throttled ${'x'.repeat(489)}…`;
  expect(world.objects.get(latestKey)).toMatchObject({ observation: { unreadable: words }, report: {} });
  expect(world.notices[0]?.text).toContain('MGN could not be read');
});

describe('told twice', () => {
  it('does it all again, and tells people once', async () => {
    const world = aReportingWorld();
    await leaveRun(world);
    await world.report();
    const [before, kept] = [await world.ledger.readRun(night), [...world.objects.keys()]];
    world.now += 60_000;

    expect(await world.report()).toMatchObject({ reported: true, isTold: false });
    expect(await world.ledger.readRun(night)).toEqual(before);
    expect([...world.objects.keys()]).toEqual(kept);
    expect(world.notices).toHaveLength(1);
    expect(world.metrics).toHaveLength(1);
  });

  it('tells people again when the same execution was redriven and ended again', async () => {
    const world = aReportingWorld();
    await leaveRun(world);
    await world.report();
    world.now += 600_000;
    await world.report(anEvent({ stopDate: nowMs + 500_000, redriveCount: 1 }));

    expect(world.notices).toHaveLength(2);
    expect(await world.ledger.readNotices(night)).toMatchObject([
      { endedAt: nowMs - 1_000, standing: 'LEFT', sentAt: nowMs },
      { endedAt: nowMs + 500_000, standing: 'LEFT', sentAt: nowMs + 600_000 },
    ]);
  });
});

describe('a run that has ended', () => {
  it('is kept, told in a word, and otherwise left alone', async () => {
    const world = aReportingWorld();
    await endRun(world);

    await world.report(anEvent({ status: 'SUCCEEDED' }));

    expect(await world.ledger.readRun(night)).toMatchObject({ version: 1 });
    expect([...world.objects.keys()]).toEqual(['runs/night-1/20260307T215959Z-wave-cutover-SUCCEEDED.json', latestKey]);
    expect(world.objects.get(latestKey)).toMatchObject({ standing: 'ENDED', report: { run: { outcome: 'VERIFIED' } } });
    expect(world.notices.map(({ subject }) => subject)).toEqual(['mgn-cutover INFO: cutover succeeded: night-1']);
    expect(world.metrics).toEqual([{ RunsNeedingAPerson: 0 }]);
  });

  it('needs a person when it says so', async () => {
    const world = aReportingWorld();
    const end = { endedAt: nowMs, outcome: 'NEEDS_A_PERSON', summary: '' } as const;
    await world.ledger.createRun(aHeldRun({ end }));
    await world.report(anEvent({ status: 'FAILED', error: 'PersonNeeded', cause: 'words' }));

    expect(world.metrics).toEqual([{ RunsNeedingAPerson: 1 }]);
    expect(world.notices[0]?.text).toContain('Error: PersonNeeded: words');
  });
});

it('keeps commands that lead to the stack, wherever the source servers are', async () => {
  const world = aReportingWorld();
  await endRun(world);
  const look = 'aws mgn describe-source-servers --region us-east-2';
  const nextSteps = ['to keep it: mgn-cutover commit night-1 --region us-east-2', look];
  await world.ledger.saveServers(night, [aServerRecord({ verdict: 'VERIFIED', phase: 'verified', nextSteps })]);

  await world.report(anEvent({ status: 'SUCCEEDED' }));

  expect(world.objects.get(latestKey)).toMatchObject({
    report: {
      servers: [{ nextSteps: ['to keep it: mgn-cutover commit night-1 --stack MgnCutover --region eu-west-1', look] }],
    },
  });
});

describe('a rollback', () => {
  const undo = (detail: Record<string, unknown> = {}) => anEvent(detail, 'rollback', 'undo-1');

  it('that a wave started is the wave’s own business', async () => {
    const world = aReportingWorld();
    await leaveRun(world);
    const input = JSON.stringify({ runID: 'night-1', executionID: waveArn, scope: 'UNVERIFIED' });

    expect(await world.report(undo({ input }))).toEqual({ reported: false });
    expect(world.notices).toEqual([]);
    expect(world.objects.size).toBe(0);
    expect((await world.ledger.readRun(night))?.version).toBe(1);
  });

  it('of an operator is told under the run it was for', async () => {
    const world = aReportingWorld();
    const holder = { executionID: arnOf('rollback', 'undo-1'), heldUntil: nowMs + 800_000 };
    await world.ledger.createRun(aHeldRun({ holder }));
    await world.ledger.saveAttempt(night, anAttempt(), undefined);

    await world.report(undo({ input: JSON.stringify({ runID: 'night-1' }) }));

    expect(await heldUntil(world)).toBe(nowMs + inFlightMs);
    expect(world.notices[0]?.subject).toBe('mgn-cutover URGENT: rollback was stopped, needs a person: night-1');
  });

  it('that ended incomplete calls for a person even when the event has no input', async () => {
    const world = aReportingWorld();
    const holder = { executionID: arnOf('rollback', 'undo-1'), heldUntil: nowMs - 2_000 };
    await world.ledger.createRun(aHeldRun({ holder, end: { ...verifiedEnd, outcome: 'NEEDS_A_PERSON' } }));

    await world.report(undo({ status: 'FAILED', input: null, inputDetails: { included: false } }));

    expect(world.notices[0]?.subject).toBe('mgn-cutover URGENT: rollback failed, needs a person: night-1');
    expect(world.metrics).toEqual([{ RunsNeedingAPerson: 1 }]);
  });

  it('whose input is missing is found by who holds the run', async () => {
    const world = aReportingWorld();
    const holder = { executionID: arnOf('rollback', 'undo-1'), heldUntil: nowMs + 800_000 };
    await world.ledger.createRun(aHeldRun({ holder }));
    await world.ledger.saveAttempt(night, anAttempt(), undefined);

    await world.report(undo({ input: null, inputDetails: { included: false } }));

    expect(await heldUntil(world)).toBe(nowMs + inFlightMs);
  });
});

describe('a run that the ledger does not know', () => {
  it('is told in a word when its execution failed', async () => {
    const world = aReportingWorld();

    await world.report(anEvent({ status: 'FAILED', error: 'InvalidInputError', cause: 'waveID: no' }));

    expect(world.notices).toHaveLength(1);
    expect(world.notices[0]?.subject).toBe('mgn-cutover ACT: cutover failed: night-1');
    expect(world.notices[0]?.text).toContain('The ledger has no such run, so nothing was started.');
    expect(world.objects.size).toBe(0);
    expect(world.metrics).toEqual([{ RunsNeedingAPerson: 0 }]);
  });

  it('is told when a rollback’s input names no run', async () => {
    const world = aReportingWorld();

    await world.report(
      anEvent({ status: 'FAILED', error: 'InvalidInputError', input: '{"run": 1}' }, 'rollback', 'undo-1'),
    );

    expect(world.notices[0]?.text).toContain('Its input does not say which run it was for.');
  });

  it('is no news when its execution succeeded', async () => {
    const world = aReportingWorld();

    expect(await world.report(anEvent({ status: 'SUCCEEDED' }))).toMatchObject({ isTold: false });
    expect(world.notices).toEqual([]);
  });
});

it('leaves other machines, stacks and beginnings alone', async () => {
  const world = aReportingWorld();
  await leaveRun(world);

  expect(await world.report(anEvent({}, 'cutover-shift'))).toEqual({ reported: false });
  expect(await world.report(anEvent({ status: 'RUNNING', stopDate: null }))).toEqual({ reported: false });
  expect(world.notices).toEqual([]);
});

it('refuses what is no event of Step Functions', async () => {
  await expect(aReportingWorld().report({ detail: {} })).rejects.toThrow(InvalidInputError);
});

describe('what fails keeps the rest from nothing', () => {
  it('tells people and fails when the report could not be kept, and keeps it when it is told again', async () => {
    const world = aReportingWorld();
    await leaveRun(world);
    world.failing.add('bucket');

    await expect(world.report()).rejects.toThrow(ReportIncompleteError);
    expect(await heldUntil(world)).toBe(nowMs + inFlightMs);
    expect(world.notices[0]?.text).toContain('Besides, the report could not be kept (Error: the bucket is not there).');

    world.failing.clear();
    await world.report();
    expect(world.objects.size).toBe(2);
    expect(world.notices).toHaveLength(1);
  });

  it('keeps the report and fails when people could not be told, and tells them when it is told again', async () => {
    const world = aReportingWorld();
    await leaveRun(world);
    world.failing.add('topic');

    await expect(world.report()).rejects.toThrow('people could not be told (Error: the topic is not there)');
    expect(world.objects.size).toBe(2);
    expect(world.notices).toEqual([]);
    expect(world.chat).toHaveLength(1);
    expect(world.metrics).toEqual([{ RunsNeedingAPerson: 1 }]);

    world.failing.clear();
    expect(await world.report()).toMatchObject({ isTold: true });
    expect(world.notices).toEqual(world.chat);
    expect(world.metrics).toHaveLength(1);
    expect(await world.report()).toMatchObject({ isTold: false });
  });

  it('tells people by mail when the chat cannot be told, and the chat alone when it is told again', async () => {
    const world = aReportingWorld();
    await leaveRun(world);
    world.failing.add('webhook');

    await expect(world.report()).rejects.toThrow('the chat could not be told (Error: the webhook is not there)');
    expect(world.notices).toHaveLength(1);

    world.failing.clear();
    await world.report();
    expect([world.notices.length, world.chat.length]).toEqual([1, 1]);
    expect(await world.ledger.readNotices(night)).toMatchObject([{ channels: ['TOPIC', 'WEBHOOK'] }]);
  });

  it('notes nothing where nobody could be told', async () => {
    const world = aReportingWorld();
    await leaveRun(world);
    world.failing.add('topic').add('webhook');

    await expect(world.report()).rejects.toThrow(ReportIncompleteError);
    expect(await world.ledger.readNotices(night)).toEqual([]);
  });

  it('takes a record of before there were chats for one of the mail', async () => {
    const world = aReportingWorld();
    await leaveRun(world);
    const told = {
      executionID: waveArn,
      executionStatus: 'ABORTED',
      endedAt: nowMs - 1_000,
      standing: 'LEFT',
    } as const;
    await world.ledger.recordNotice(night, { ...told, sentAt: nowMs });

    await world.report();
    expect([world.notices.length, world.chat.length]).toEqual([0, 1]);
  });

  it('keeps the report and tells people when the hold could not be shortened', async () => {
    const store = createMemoryStore();
    let isReadOnly = false;
    const write: LedgerStore['write'] = (changes) =>
      isReadOnly ? Promise.reject(new TransientServiceError('no write')) : store.write(changes);
    const world = aReportingWorld({}, { ...store, write });
    await leaveRun(world);
    isReadOnly = true;

    await expect(world.report()).rejects.toThrow(
      /the way could not be cleared for people .*that people were told could not be noted/,
    );
    expect(world.objects.get(latestKey)).toMatchObject({ standing: 'LEFT' });
    expect(world.notices[0]?.text).toContain('Besides, the way could not be cleared for people');
    expect(world.notices[0]?.text).toContain('rollback night-1');
  });

  it('tells people even when the ledger cannot be read at all', async () => {
    const store = createMemoryStore();
    const unreadable = () => Promise.reject(new TransientServiceError('no table'));
    const world = aReportingWorld({}, { ...store, read: unreadable, readAll: unreadable });

    await expect(world.report(anEvent({ status: 'FAILED', error: 'States.Timeout' }))).rejects.toThrow('no table');
    expect(world.notices[0]?.text).toContain('the ledger could not be read (TransientServiceError: no table)');
    expect(world.notices[0]?.text).not.toContain('nothing was started');
    expect(world.metrics).toEqual([{ RunsNeedingAPerson: 1 }]);
  });
});
