/** The steps of a commit one by one: nobody finalizes who was not asked, and nothing that was not asked for. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { aWave, inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { batch, begin, callerOf, executionID, type Call } from './direct.ts';

const scenario = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]);
const night1 = runIDOf('night-1');
const keeper = { executionID: 'keep-1' };

/** A run of the night's wave, verified; the execution that verified it has ended it, unless it `isOpen`. */
async function verify(night: Night, { commit = 'never', isOpen = false } = {}): Promise<Call> {
  const call = callerOf(night);
  await begin(call, night, 'StartCutover', { commit });
  await night.time.sleep(900_000);
  await call('CheckLaunch', batch);
  await call('CheckPostLaunchActions', batch);
  expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
  if (!isOpen) await call('RecordOutcome');
  return call;
}

const ask = (call: Call, input: Record<string, unknown> = {}, as: object = keeper) =>
  call('SelectCommit', { ...as, input: { runID: 'night-1', ...input } });
const finalizedIDs = (night: Night) =>
  night.writes.filter(({ operation }) => operation === 'FinalizeCutover').flatMap((write) => write.sourceServerIDs);

describe('FinalizeCutover', () => {
  it.each(['never', 'approve'])('does nothing for the execution that verified the run (commit: %s)', async (commit) => {
    await inNight(scenario, async (night) => {
      const call = await verify(night, { commit, isOpen: true });

      await expect(call('FinalizeCutover')).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringContaining('not asked to finalize'),
      });
      expect(finalizedIDs(night)).toEqual([]);
      expect(await night.read()).toMatchObject({ verdicts: { 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' } });
    });
  });

  it('does nothing for another execution than the one that was asked', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night);
      await ask(call);

      for (const other of [executionID, 'keep-2']) {
        await expect(call('FinalizeCutover', { executionID: other })).rejects.toMatchObject({ name: 'RunHeldError' });
      }
      expect(finalizedIDs(night)).toEqual([]);
    });
  });

  it('does nothing on an earlier execution’s word, even for the one that holds the run now', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night);
      await ask(call);
      await night.time.sleep(holdMs);
      const stored = await night.ledger.readRun(night1);
      if (stored === undefined) throw new Error('no run');
      const holder = { executionID: 'keep-2', heldUntil: night.time.now() + holdMs };
      await night.ledger.saveRun({ ...stored.value, holder }, stored.version);

      await expect(call('FinalizeCutover', { executionID: 'keep-2' })).rejects.toMatchObject({
        name: 'InvalidInputError',
      });
      expect(finalizedIDs(night)).toEqual([]);
    });
  });

  it.each(['never', 'auto'])('never finalizes a server that the person did not name (commit: %s)', async (commit) => {
    await inNight(scenario, async (night) => {
      const call = await verify(night, { commit });
      await ask(call, { sourceServerIDs: [night.idOf('web-2')] });
      const answers = [await call('FinalizeCutover', keeper), await call('FinalizeCutover', keeper)];

      expect(answers).toEqual([{ remaining: 0 }, { remaining: 0 }]);
      expect(finalizedIDs(night)).toEqual([night.idOf('web-2')]);
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'FINALIZED' });
    });
  });

  it('re-checks each server right before, whatever the ledger says', async () => {
    const revert = {
      act: 'ChangeServerLifeCycleState' as const,
      state: 'READY_FOR_CUTOVER' as const,
      servers: ['web-1'],
      atSeconds: 3_600,
    };
    await inNight({ ...scenario, foreignActivity: [revert] }, async (night) => {
      const call = await verify(night);
      await ask(call);
      await night.time.sleep(3_600_000);
      await call('FinalizeCutover', keeper);
      const left = await night.read();

      expect(finalizedIDs(night)).toEqual([night.idOf('web-2')]);
      expect(left.of('web-1').reasons.map(({ code }) => code)).toEqual(['UNEXPECTED_LIFECYCLE_STATE']);
    });
  });

  it.each([
    [1, 1_000],
    [2, 500],
  ])('makes at most %d calls a second', async (callsPerSecondMax, apartMs) => {
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }, { hostname: 'web-3' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { callsPerSecondMax });
      await night.time.sleep(900_000);
      await call('CheckLaunch');
      await call('CheckPostLaunchActions');
      await call('RecordOutcome');
      await ask(call);
      await call('FinalizeCutover', keeper);
      const times = night.writes.filter(({ operation }) => operation === 'FinalizeCutover').map(({ atMs }) => atMs);

      expect(times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0))).toEqual([apartMs, apartMs]);
    });
  });

  it('whose answers are all lost finalizes each server once', async () => {
    const faults = [{ fault: 'lostAnswer' as const, operation: 'FinalizeCutover' as const }];
    await inNight({ ...scenario, faults }, async (night) => {
      const call = await verify(night);
      await ask(call);
      const lost = { name: 'OutcomeUnknownError' };

      await expect(call('FinalizeCutover', keeper)).rejects.toMatchObject(lost);
      await expect(call('FinalizeCutover', keeper)).rejects.toMatchObject(lost);
      expect(await call('FinalizeCutover', keeper)).toEqual({ remaining: 0 });
      expect(finalizedIDs(night).sort()).toEqual([night.idOf('web-1'), night.idOf('web-2')].sort());
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'FINALIZED' });
    });
  });
});

describe('SelectCommit', () => {
  it('says the same when it is repeated, and asks once', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night);
      const first = await ask(call);
      const { commits } = (await night.read()).run;

      expect(first).toEqual({ runID: 'night-1', executionID: 'keep-1', state: 'ASKED', sourceServerCount: 2 });
      expect(await ask(call)).toEqual(first);
      expect((await night.read()).run.commits).toEqual(commits);
      expect((await night.read()).run.end).toBeUndefined();
    });
  });

  it('calls nothing of MGN', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night);
      const before = new Map(night.calls);
      await ask(call);

      expect(night.calls).toEqual(before);
    });
  });

  it('gives the run back, as it was, when another run has one of the servers', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night);
      const { arn = '' } = night.server('web-1');
      const now = night.time.now();
      await night.ledger.takeLocks([arn], runIDOf('other'), { now, expiresAt: now + holdMs }, 'all');
      const before = (await night.read()).run;

      await expect(ask(call)).rejects.toMatchObject({
        name: 'RunHeldError',
        message: expect.stringContaining('run other'),
      });
      expect((await night.read()).run).toEqual({ ...before, holder: undefined });
    });
  });

  it('gives the run back when a rollback was faster', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night);
      const { ledger } = night;
      let reads = 0;
      // The rollback begins and is stopped between the first look at the servers and the claim of the run.
      const racing = callerOf({
        ...night,
        deps: {
          ...night.deps,
          ledger: {
            ...ledger,
            readServers: async (runID) => {
              reads += 1;
              if (reads !== 2) return ledger.readServers(runID);
              const [first, ...rest] = await ledger.readServers(runID);
              if (first === undefined) throw new Error('no server');
              const begun = { ...first, verdict: undefined, rollback: { requestedAt: night.time.now(), problems: [] } };
              return [begun, ...rest];
            },
          },
        },
      });

      await expect(ask(racing)).rejects.toMatchObject({
        name: 'RunHeldError',
        message: expect.stringContaining('rollback of run'),
      });
      expect((await night.read()).run.holder).toBeUndefined();
      expect((await night.read()).run.commits).toBeUndefined();
      expect(await ask(call)).toMatchObject({ state: 'ASKED' });
    });
  });

  it('gives MGN as long as ever to stop refusing, however long it refused an earlier commit', async () => {
    const faults = [
      {
        fault: 'refuse' as const,
        operation: 'FinalizeCutover' as const,
        exception: 'ConflictException' as const,
        nthCalls: [1, 2, 3],
      },
    ];
    await inNight({ ...scenario, faults }, async (night) => {
      const call = await verify(night);
      const input = { sourceServerIDs: [night.idOf('web-1')] };
      await ask(call, input);
      await call('FinalizeCutover', keeper);
      expect((await night.read()).of('web-1').finalizeRefusedAt).toBeDefined();
      await night.time.sleep(holdMs);
      const later = { executionID: 'keep-2' };
      await ask(call, input, later);
      await call('FinalizeCutover', later);

      expect((await night.read()).of('web-1').verdict).toBe('VERIFIED');
      await expect(call('FinalizeCutover', later)).rejects.toMatchObject({ name: 'ConflictError' });
      expect(await call('FinalizeCutover', later)).toEqual({ remaining: 0 });
      expect((await night.read()).of('web-1').verdict).toBe('FINALIZED');
    });
  });
});

describe('RecordOutcome of a commit', () => {
  it('says the same when it is repeated', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night);
      await ask(call, { sourceServerIDs: [night.idOf('web-1')] });
      await call('FinalizeCutover', keeper);
      const first = await call('RecordOutcome', keeper);

      expect(first).toMatchObject({ commit: 'FINALIZED', outcome: 'VERIFIED' });
      expect(await call('RecordOutcome', keeper)).toEqual(first);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('that comes without any finalizing says that it did not happen', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night);
      await ask(call, { sourceServerIDs: [night.idOf('web-1')] });

      expect(await call('RecordOutcome', keeper)).toMatchObject({ commit: 'PARTIAL', outcome: 'PARTIAL' });
      const left = await night.read();
      expect(left.of('web-1').warnings.map(({ code }) => code)).toEqual(['NOT_FINALIZED']);
      expect(left.of('web-2').warnings).toEqual([]);
    });
  });

  it('says nothing of a commit to an execution that asked for none', async () => {
    await inNight(scenario, async (night) => {
      const call = await verify(night, { isOpen: true });

      expect(await call('RecordOutcome')).not.toHaveProperty('commit');
    });
  });
});
