import { LedgerConflictError } from '../../../functions/domain/errors.ts';
import { holdMs } from '../../../functions/shared/open-run.ts';
import { inFlightMs, readSettled, settleRun, standingAfter } from '../../../functions/watch/settle-run.ts';
import { steps } from '../../../infra/steps.ts';
import { aServerRecord, nowMs, runID } from '../../support/domain-builders.ts';
import { aHeldRun, aReportingWorld, anAttempt, anEndedExecution, arnOf, waveArn } from './watch-builders.ts';

const attempt = anAttempt();
const end = { endedAt: nowMs, outcome: 'VERIFIED', summary: '' } as const;
const refused = { plannedAt: nowMs, decision: 'REFUSE', reasons: [] } as const;
const ended = anEndedExecution();
const renewedAt = (at: number, executionID = waveArn) => ({ executionID, heldUntil: at + holdMs });
const night = runID('night-1');

describe('standingAfter', () => {
  it.each([
    ['ENDED', 'has an end', aHeldRun({ end }), [attempt]],
    ['ENDED', 'has one, whoever holds it', aHeldRun({ end, holder: renewedAt(nowMs, 'other') }), []],
    ['ELSEWHERE', 'was taken by another', aHeldRun({ holder: renewedAt(nowMs, 'other') }), [attempt]],
    ['AT_WORK', 'was renewed after the end', aHeldRun({ holder: renewedAt(ended.endedAt + 1) }), [attempt]],
    ['LEFT', 'was renewed before the end only', aHeldRun({ holder: renewedAt(ended.endedAt) }), [attempt]],
    ['LEFT', 'is held by nobody', aHeldRun({ holder: undefined }), [attempt]],
    ['LEFT', 'may be about to start something', aHeldRun(), []],
    ['LEFT', 'has terminated test instances', aHeldRun({ plan: undefined }), [attempt]],
    ['UNTOUCHED', 'has no plan', aHeldRun({ plan: undefined }), []],
    ['UNTOUCHED', 'was not to proceed', aHeldRun({ plan: { ...refused, reasons: [] } }), []],
    ['UNTOUCHED', 'was never taken', aHeldRun({ plan: undefined, holder: undefined }), []],
  ] as const)('is %s when the run %s', (standing, _, run, attempts) => {
    expect(standingAfter(ended, run, attempts)).toBe(standing);
  });
});

describe('inFlightMs', () => {
  it('is longer than any step may run that could change something in MGN', () => {
    const acting = Object.values(steps).filter(({ mgnActions }) =>
      mgnActions.some((action) => !/^(Describe|List|Get)/.test(action)),
    );

    expect(acting.length).toBeGreaterThan(3);
    for (const { timeoutSeconds } of acting) expect(timeoutSeconds * 1_000).toBeLessThan(inFlightMs);
  });
});

describe('settleRun', () => {
  it('shortens the hold of a run that was left to what a step in flight may need', async () => {
    const world = aReportingWorld();
    await world.ledger.createRun(aHeldRun());
    await world.ledger.saveAttempt(night, attempt, undefined);

    const settled = await settleRun(world.deps, ended, night);

    const holder = { executionID: waveArn, heldUntil: nowMs + inFlightMs };
    expect(settled).toMatchObject({ standing: 'LEFT', run: { holder }, attempts: [attempt] });
    expect((await world.ledger.readRun(night))?.value).toEqual(aHeldRun({ holder }));
  });

  it('counts from when it is told, not from the end: a step of a redriven execution may have begun meanwhile', async () => {
    const world = aReportingWorld();
    const endedAt = nowMs - 360_000;
    await world.ledger.createRun(aHeldRun({ holder: renewedAt(endedAt - 1_000) }));

    await settleRun(world.deps, { ...ended, endedAt }, night);

    expect((await world.ledger.readRun(night))?.value.holder?.heldUntil).toBe(nowMs + inFlightMs);
  });

  it('never makes a hold longer, however often and late it is told', async () => {
    const world = aReportingWorld();
    await world.ledger.createRun(aHeldRun());
    await settleRun(world.deps, ended, night);
    const once = await world.ledger.readRun(night);
    world.now += 200_000;
    await settleRun(world.deps, ended, night);

    expect(await world.ledger.readRun(night)).toEqual(once);
  });

  it.each([
    ['ENDED', { end }],
    ['ELSEWHERE', { holder: renewedAt(nowMs - 60_000, arnOf('rollback', 'undo-1')) }],
    ['AT_WORK', { holder: renewedAt(ended.endedAt + 500) }],
  ] as const)('changes nothing of a run that is %s', async (standing, fields) => {
    const world = aReportingWorld();
    const run = aHeldRun(fields);
    await world.ledger.createRun(run);
    await world.ledger.takeLocks(['arn:1'], night, { now: nowMs, expiresAt: nowMs + 1 }, 'all');

    expect(await settleRun(world.deps, ended, night)).toMatchObject({ standing });
    expect(await world.ledger.readRun(night)).toEqual({ value: run, version: 1 });
    expect((await world.ledger.readLocks(['arn:1'], nowMs)).size).toBe(1);
  });

  it('releases the locks of a run that nothing was started for, and takes it off the list', async () => {
    const world = aReportingWorld();
    const record = aServerRecord({ cutover: undefined, batchID: undefined });
    await world.ledger.createRun(aHeldRun({ plan: undefined }));
    await world.ledger.saveServers(night, [record]);
    await world.ledger.takeLocks([record.arn], night, { now: nowMs, expiresAt: nowMs + 1 }, 'all');

    expect(await settleRun(world.deps, ended, night)).toMatchObject({ standing: 'UNTOUCHED' });
    expect((await world.ledger.readLocks([record.arn], nowMs)).size).toBe(0);
    expect(await world.ledger.listOpenRunIDs()).toEqual([]);
  });

  it('leaves the locks while a step that could start something may still be running', async () => {
    const world = aReportingWorld();
    await world.ledger.createRun(aHeldRun());
    await world.ledger.saveServers(night, [aServerRecord()]);
    await world.ledger.takeLocks([aServerRecord().arn], night, { now: nowMs, expiresAt: nowMs + 1 }, 'all');

    expect(await settleRun(world.deps, ended, night)).toMatchObject({ standing: 'LEFT' });
    expect((await world.ledger.readLocks([aServerRecord().arn], nowMs)).size).toBe(1);
    expect(await world.ledger.listOpenRunIDs()).toEqual(['night-1']);
  });

  it('looks again when a step has changed the run meanwhile, and leaves one alone that is at work', async () => {
    const world = aReportingWorld();
    await world.ledger.createRun(aHeldRun());
    const saveRun = async (...args: Parameters<typeof world.ledger.saveRun>) => {
      const stored = await world.ledger.readRun(night);
      if (stored?.version === 1) await world.ledger.saveRun(aHeldRun({ holder: renewedAt(nowMs) }), 1);
      return world.ledger.saveRun(...args);
    };

    const settled = await settleRun({ ...world.deps, ledger: { ...world.ledger, saveRun } }, ended, night);

    expect(settled).toMatchObject({ standing: 'AT_WORK' });
    expect((await world.ledger.readRun(night))?.value.holder).toEqual(renewedAt(nowMs));
  });

  it('gives up on a run that changes under every try', async () => {
    const world = aReportingWorld();
    await world.ledger.createRun(aHeldRun());
    const saveRun = jest.fn(() => Promise.reject(new LedgerConflictError('changed')));
    const deps = { ...world.deps, ledger: { ...world.ledger, saveRun } };

    await expect(settleRun(deps, ended, night)).rejects.toThrow(LedgerConflictError);
    expect(saveRun).toHaveBeenCalledTimes(4);
  });

  it('writes nothing after a success, and nothing of a run that is not known', async () => {
    const world = aReportingWorld();
    expect(await settleRun(world.deps, ended, night)).toBeUndefined();
    expect(await readSettled(world.deps, ended, night)).toBeUndefined();

    await world.ledger.createRun(aHeldRun());
    expect(await settleRun(world.deps, { ...ended, status: 'SUCCEEDED' }, night)).toMatchObject({ standing: 'LEFT' });
    expect((await world.ledger.readRun(night))?.version).toBe(1);
  });
});
