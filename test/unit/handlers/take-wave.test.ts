/** What the slots of a migration do, step by step, and what they do when they are called again. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { executionID, inMigration, migrationID } from './migration-night.ts';

const endOf = (outcome: 'VERIFIED' | 'PARTIAL') => ({ endedAt: 0, outcome, summary: `it is ${outcome}` });
const failureOf = (fields: object) => ({ Error: 'States.TaskFailed', Cause: JSON.stringify(fields) });
const aborted = failureOf({ Status: 'ABORTED' });

describe('TakeWave', () => {
  it('answers with the input of a run, which no log has a use for', async () => {
    await inMigration(async ({ night, plan, take }) => {
      const logged = jest.spyOn(night.deps.logger, 'info');
      await plan();

      expect(await take()).toHaveProperty('input');
      expect(logged).toHaveBeenLastCalledWith('step done', {
        answer: { migrationID, executionID, slot: 1, state: 'START', runID: 'move-crm' },
      });
    });
  });

  it('starts the first wave: its run, its whole input, and the execution that it is of', async () => {
    await inMigration(async ({ plan, take, waves, stateOf, night }) => {
      await plan({ defaults: { options: { onBlocked: 'skip' } } });

      expect(await take()).toMatchObject({
        state: 'START',
        runID: 'move-crm',
        slot: 1,
        input: {
          waveID: waves[0]?.input.waveID,
          options: { onBlocked: 'skip', commit: 'never' },
          AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: executionID,
        },
      });
      expect(await stateOf('crm')).toMatchObject({ state: 'RUNNING', slot: 1, startedAt: night.time.now() });
    });
  });

  it('says the same again while nothing is known of the wave, for its answer may have been lost', async () => {
    await inMigration(async ({ plan, take, stateOf }) => {
      await plan();
      const first = await take();

      expect(await take()).toEqual(first);
      expect(await stateOf('erp')).toMatchObject({ state: 'WAITING' });
    });
  });

  it('notes what the run of a wave that came back says, and takes the next', async () => {
    await inMigration(async ({ plan, take, writeRun, stateOf }) => {
      await plan();
      await take();
      await writeRun('crm', { end: endOf('VERIFIED') });

      expect(await take({ returned: { runID: 'move-crm' } })).toMatchObject({ state: 'START', runID: 'move-erp' });
      expect(await stateOf('crm')).toMatchObject({ state: 'ENDED', outcome: 'VERIFIED', summary: 'it is VERIFIED' });
    });
  });

  it('takes no second wave when it is told again of the one before', async () => {
    await inMigration(async ({ plan, take, writeRun, stateOf }) => {
      await plan();
      await take();
      await writeRun('crm', { end: endOf('VERIFIED') });
      const next = await take({ returned: { runID: 'move-crm' } });

      expect(await take({ returned: { runID: 'move-crm' } })).toEqual(next);
      expect(await stateOf('web')).toMatchObject({ state: 'WAITING' });
    });
  });

  it('believes the run and not the execution: a failure after a good end changes nothing', async () => {
    await inMigration(async ({ plan, take, writeRun }) => {
      await plan();
      await take();
      await writeRun('crm', { end: endOf('VERIFIED') });

      expect(await take({ returned: { runID: 'move-crm', failure: aborted } })).toMatchObject({ runID: 'move-erp' });
    });
  });

  it('waits for a run without an end that an execution holds, ever longer, and takes its end when it comes', async () => {
    await inMigration(async ({ night, plan, take, writeRun, stateOf }) => {
      await plan();
      await take();
      const holder = { executionID: 'rollback', heldUntil: night.time.now() + holdMs };
      await writeRun('crm', { holder });

      const waiting = await take({ returned: { runID: 'move-crm', failure: aborted } });
      expect(waiting).toMatchObject({ state: 'WAIT', delaySeconds: 60, waits: 1 });
      expect(await take({ waits: 1 })).toMatchObject({ state: 'WAIT', delaySeconds: 120, waits: 2 });
      await writeRun('crm', { holder, end: endOf('PARTIAL') });
      expect(await take({ waits: 2 })).toMatchObject({ state: 'DONE' });
      expect(await stateOf('crm')).toMatchObject({ state: 'ENDED', outcome: 'PARTIAL' });
    });
  });

  it('asks for a person where a run that has begun has no end and nobody works on it', async () => {
    await inMigration(async ({ night, plan, take, writeRun, stateOf }) => {
      await plan();
      await take();
      await writeRun('crm', { holder: { executionID: 'of the wave', heldUntil: night.time.now() } });

      expect(await take({ returned: { runID: 'move-crm', failure: aborted } })).toMatchObject({ state: 'DONE' });
      expect(await stateOf('crm')).toMatchObject({
        state: 'ENDED',
        outcome: 'NEEDS_A_PERSON',
        summary: 'its run has no end, and nobody works on it: its execution ended as ABORTED',
      });
      expect(await stateOf('erp')).toMatchObject({ state: 'SKIPPED' });
    });
  });

  it('takes a wave that was refused before it had a run for refused', async () => {
    await inMigration(async ({ plan, take, stateOf }) => {
      await plan({ onWaveFailed: 'continue' });
      await take();
      const failure = failureOf({ Status: 'FAILED', Error: 'InvalidInputError', Cause: 'the wave is empty' });

      expect(await take({ returned: { runID: 'move-crm', failure } })).toMatchObject({ runID: 'move-erp' });
      expect(await stateOf('crm')).toMatchObject({
        outcome: 'REFUSED',
        summary: 'InvalidInputError: the wave is empty',
      });
    });
  });

  it('gives each slot a wave of its own, whoever comes first', async () => {
    await inMigration(async ({ plan, take, stateOf }) => {
      await plan({ wavesAtOnceMax: 2 });
      const taken = await Promise.all([take({ slot: 2 }), take(), take(), take({ slot: 2 })]);

      expect(new Set(taken.map((answer) => JSON.stringify(answer))).size).toBe(2);
      expect(await Promise.all(['crm', 'erp', 'web'].map(stateOf))).toMatchObject([
        { state: 'RUNNING' },
        { state: 'RUNNING' },
        { state: 'WAITING' },
      ]);
    });
  });

  it('refuses an event of a slot that cannot be, and knows no migration that is not in the ledger', async () => {
    await inMigration(async ({ take, plan }) => {
      await expect(take()).rejects.toMatchObject({ name: 'RunNotFoundError' });
      await plan();
      await expect(take({ slot: 6 })).rejects.toMatchObject({ name: 'InvalidInputError' });
    });
  });
});

describe('RecordMigration', () => {
  it('ends the migration with what its waves came to', async () => {
    await inMigration(async ({ night, plan, take, writeRun, call }) => {
      await plan();
      await take();
      await writeRun('crm', { end: endOf('PARTIAL') });
      await take({ returned: { runID: 'move-crm' } });
      const summary = '3 waves: 1 partly or not cut over (crm), 2 not started (erp, web)';

      expect(await call('RecordMigration')).toEqual({ outcome: 'PARTIAL', summary });
      expect(await call('RecordMigration')).toEqual({ outcome: 'PARTIAL', summary });
      expect((await night.ledger.readMigration(migrationID))?.record.end).toMatchObject({
        outcome: 'PARTIAL',
        summary,
      });
    });
  });

  it('tells a wave that its slot lost sight of by its run, and asks for a person where that has no end', async () => {
    await inMigration(async ({ plan, take, writeRun, call, stateOf }) => {
      await plan({ wavesAtOnceMax: 2 });
      await take();
      await take({ slot: 2 });
      await writeRun('crm', { end: endOf('VERIFIED') });

      expect(await call('RecordMigration')).toEqual({
        outcome: 'NEEDS_A_PERSON',
        summary: '3 waves: 1 verified, 1 not started (web), 1 under way (erp)',
      });
      expect(await stateOf('crm')).toMatchObject({ state: 'ENDED', outcome: 'VERIFIED' });
      expect(await stateOf('web')).toMatchObject({ state: 'SKIPPED' });
    });
  });

  it('is refused to another execution', async () => {
    await inMigration(async ({ plan, call }) => {
      await plan();

      await expect(call('RecordMigration', { executionID: 'execution-2' })).rejects.toMatchObject({
        name: 'RunHeldError',
      });
    });
  });
});
