import { findRun, isNested } from '../../../functions/watch/find-run.ts';
import { runID } from '../../support/domain-builders.ts';
import { aHeldRun, aReportingWorld, anEndedExecution, arnOf, waveArn } from './watch-builders.ts';

const undo = arnOf('rollback', 'undo-1');
const aRollback = (input: unknown) =>
  anEndedExecution({ machine: 'rollback', executionID: undo, name: 'undo-1', input });

describe('isNested', () => {
  it('is true of a rollback that a wave started of its own, and of no other', () => {
    for (const scope of ['UNVERIFIED', 'UNCOMMITTED'])
      expect(isNested(aRollback({ runID: 'night-1', executionID: waveArn, scope }))).toBe(true);
    expect(isNested(aRollback({ runID: 'night-1' }))).toBe(false);
    expect(isNested(aRollback({ runID: 'night-1', executionID: undo }))).toBe(false);
    expect(isNested(aRollback({ runID: 'night-1', executionID: waveArn }))).toBe(false);
    expect(isNested(aRollback(undefined))).toBe(false);
    expect(isNested(anEndedExecution({ input: { waveID: 'wave-1' } }))).toBe(false);
  });
});

describe('findRun', () => {
  it('takes the name of a wave’s execution for its run, whatever the input', async () => {
    const { ledger } = aReportingWorld();

    expect(await findRun(anEndedExecution({ input: { runID: 'other' } }), ledger)).toBe('night-1');
    expect(await findRun(anEndedExecution({ name: 'Nacht eins!' }), ledger)).toBeUndefined();
  });

  it('reads the run of a rollback or a commit from its input', async () => {
    const { ledger } = aReportingWorld();

    expect(await findRun(aRollback({ runID: 'night-1', sourceServerIDs: [] }), ledger)).toBe('night-1');
    expect(await findRun({ ...aRollback({ runID: 'night-1' }), machine: 'commit' }, ledger)).toBe('night-1');
    expect(await findRun(aRollback({ run: 'night-1' }), ledger)).toBeUndefined();
  });

  it('finds the run among the open ones by who holds it where the event has no input', async () => {
    const { ledger } = aReportingWorld();
    await ledger.createRun(aHeldRun({ runID: runID('night-0') }));
    const holder = { executionID: undo, heldUntil: 1 };
    await ledger.createRun(aHeldRun({ runID: runID('night-1'), holder }));

    expect(await findRun(aRollback(undefined), ledger)).toBe('night-1');
    expect(await findRun({ ...aRollback(undefined), executionID: arnOf('rollback', 'x') }, ledger)).toBeUndefined();
  });

  it('finds it among those that have ended too: an incomplete rollback has ended its run', async () => {
    const { ledger } = aReportingWorld();
    const end = { endedAt: 2, outcome: 'NEEDS_A_PERSON', summary: '1 source server: 1 needing a person' } as const;
    await ledger.createRun(aHeldRun({ runID: runID('night-0') }));
    await ledger.createRun(aHeldRun({ runID: runID('night-1'), holder: { executionID: undo, heldUntil: 1 }, end }));

    expect(await findRun(aRollback(undefined), ledger)).toBe('night-1');
  });
});
