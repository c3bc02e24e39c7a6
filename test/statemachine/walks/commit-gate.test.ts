/** Every way through the gate before the point of no return: a person's commit or rollback, or nobody's. */
import { gateOf } from '../../../functions/domain/gate.ts';
import { aWave, inNight, statesEntered, withOptions, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import {
  approving,
  atGate,
  both,
  codesOf,
  commit,
  dayMs,
  hourMs,
  minuteMs,
  rollingBack,
  scenario,
  slow,
  undo,
} from '../../support/gate-walks.ts';

const finalized = (night: Night) => night.calls.get('FinalizeCutover') ?? 0;

describe('a wave that waits for a commit', () => {
  it('has verified everything, holds nobody up, and keeps its locks', async () => {
    await inNight(scenario, async (night) => {
      const { running } = await atGate(night, approving);
      const { run, servers, verdicts } = await night.read();
      const now = night.time.now();
      const locks = await night.ledger.readLocks(
        servers.map(({ arn }) => arn),
        now + 6 * dayMs,
      );

      expect(verdicts).toEqual(both('VERIFIED'));
      expect(run.holder?.heldUntil).toBeLessThanOrEqual(now);
      expect(run.end).toBeUndefined();
      expect([...locks.values()].map(({ runID }) => runID)).toEqual(['night-1', 'night-1']);
      expect(finalized(night)).toBe(0);
      running.stop();
    });
  });

  it('ends as finalized the moment a person has committed it', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, approving);
      await night.time.sleep(3 * hourMs);
      const keep = await commit(night);
      const wave = await ended;

      expect(keep.result).toMatchObject({ status: 'SUCCEEDED', output: { commit: 'FINALIZED' } });
      expect(wave.result).toMatchObject({
        status: 'SUCCEEDED',
        output: { outcome: 'FINALIZED', summary: '2 source servers: 2 finalized' },
      });
      expect(statesEntered(wave).slice(-4)).toEqual([
        'wave-cutover/IsCommitAsked',
        'wave-cutover/TakeOutcome',
        'wave-cutover/HowDidItEnd',
        'wave-cutover/WaveCutOver',
      ]);
      expect(wave.result.endedAtMs).toBe(keep.result.endedAtMs);
      expect((await night.read()).verdicts).toEqual(both('FINALIZED'));
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('ends as not cut over the moment a person has brought it back', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, approving);
      await night.time.sleep(3 * hourMs);
      const back = await undo(night);
      const wave = await ended;

      expect(back.result).toMatchObject({ status: 'SUCCEEDED' });
      expect(wave.result).toMatchObject({ status: 'FAILED', error: 'WavePartlyCutOver' });
      expect(wave.result.endedAtMs).toBe(back.result.endedAtMs);
      expect((await night.read()).verdicts).toEqual(both('ROLLED_BACK'));
      expect(finalized(night)).toBe(0);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('takes the commit of some servers for the answer, and leaves the others as they were verified', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, rollingBack);
      await commit(night, { servers: ['web-2'] });
      const wave = await ended;
      const left = await night.read();

      expect(wave.result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'VERIFIED' } });
      expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'FINALIZED' });
      expect(left.of('web-1').nextSteps).toHaveLength(2);
      expect(await breachesOf(night)).toEqual([]);
      expect((await undo(night)).result).toMatchObject({ status: 'SUCCEEDED' });
    });
  });

  it.each([
    ['commit', commit, 'FINALIZED'],
    ['rollback', undo, 'ROLLED_BACK'],
  ])('finds a %s that could not call it back at its next look', async (_what, act, verdict) => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, approving);
      const { result } = await act(night, { isUnheard: true });
      const wave = await ended;

      expect((await night.read()).verdicts).toEqual(both(verdict));
      expect(wave.result.endedAtMs).toBeGreaterThan(result.endedAtMs);
      expect(wave.result.endedAtMs).toBeLessThanOrEqual(
        result.endedAtMs + night.deps.gateLookSeconds * 1_000 + minuteMs,
      );
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('refuses a rollback while a commit is under way, and the other way round', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, approving);
      const keeping = commit(night, { around: slow(night, 'FinalizeCutover', 2 * minuteMs) });
      await night.time.sleep(minuteMs);
      const back = await undo(night);
      await Promise.all([keeping, ended]);

      expect(back.result).toMatchObject({ status: 'FAILED', error: 'RunHeldError' });
      expect((await night.read()).verdicts).toEqual(both('FINALIZED'));
    });
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, approving);
      const undoing = undo(night, { around: slow(night, 'RevertLifeCycle', 2 * minuteMs) });
      await night.time.sleep(minuteMs);
      const keep = await commit(night);
      await Promise.all([undoing, ended]);

      expect(keep.result).toMatchObject({ status: 'FAILED', error: 'RunHeldError' });
      expect((await night.read()).verdicts).toEqual(both('ROLLED_BACK'));
      expect(finalized(night)).toBe(0);
    });
  });

  it('that is stopped there can be committed all the same', async () => {
    await inNight(scenario, async (night) => {
      const { running, ended } = await atGate(night, approving);
      running.stop();
      await ended;

      expect((await commit(night)).result).toMatchObject({ status: 'SUCCEEDED' });
      expect((await night.read()).run.end?.outcome).toBe('FINALIZED');
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('that is stopped there and gone on with waits no longer than it would have', async () => {
    await inNight(scenario, async (night) => {
      const { running, ended, gate } = await atGate(night, rollingBack);
      await night.time.sleep(dayMs);
      running.stop();
      await ended;
      await night.time.sleep(dayMs);
      const again = await night.walk({ input: withOptions(night, rollingBack) });

      expect(statesEntered(again)).toContain('wave-cutover/AwaitCommit');
      expect(gateOf((await night.read()).run, 'COMMIT')?.closedAt).toBe(gate.closesAt);
      expect((await night.read()).verdicts).toEqual(both('ROLLED_BACK'));
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('does not wait where nothing was verified', async () => {
    await inNight(aWave([{ hostname: 'bad', cutover: 'launchFailed' }]), async (night) => {
      const walk = await night.walk({ input: withOptions(night, approving) });

      expect(statesEntered(walk)).not.toContain('wave-cutover/AwaitCommit');
      expect((await night.read()).verdicts).toEqual({ bad: 'ROLLED_BACK' });
    });
  });
});

describe('a wave that nobody commits', () => {
  it('is left verified after a week, with both ways open, and has not looked too often', async () => {
    await inNight(scenario, async (night) => {
      const walk = await night.walk({ input: withOptions(night, approving) });
      const left = await night.read();
      const gate = gateOf(left.run, 'COMMIT');

      expect(walk.result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'VERIFIED' } });
      expect(gate?.closesAt).toBe((gate?.openedAt ?? 0) + 7 * dayMs);
      expect(walk.result.endedAtMs).toBe(gate?.closesAt);
      expect(codesOf(left.of('web-1').warnings)).toEqual(['COMMIT_TIMED_OUT']);
      expect(left.of('web-1').nextSteps).toHaveLength(2);
      expect(Math.max(...walk.meter.executions.map(({ historyEvents }) => historyEvents))).toBeLessThan(5_000);
      expect(await breachesOf(night)).toEqual([]);
      expect((await commit(night)).result).toMatchObject({ status: 'SUCCEEDED' });
      expect((await night.read()).of('web-1').warnings).toEqual([]);
    });
  });

  it('is brought back where the input says so, in time before the window closes', async () => {
    await inNight(scenario, async (night) => {
      const window = { opensAt: '2026-03-07T21:00:00Z', closesAt: '2026-03-08T08:00:00Z' };
      const input = { ...Object(withOptions(night, rollingBack)), window };
      const walk = await night.walk({ input });
      const left = await night.read();

      expect(walk.result).toMatchObject({ status: 'FAILED', error: 'WavePartlyCutOver' });
      const rollbackMs = (left.run.plan?.expected?.rollbackSeconds ?? 0) * 1_000;
      expect(rollbackMs).toBeGreaterThan(0);
      expect(gateOf(left.run, 'COMMIT')?.closedAt).toBe(Date.parse(window.closesAt) - rollbackMs);
      expect(walk.result.endedAtMs).toBeLessThan(Date.parse(window.closesAt));
      expect(left.verdicts).toEqual(both('ROLLED_BACK'));
      expect(codesOf(left.of('web-1').reasons)).toEqual(['NOT_COMMITTED_IN_TIME']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each([
    ['commit', 'FinalizeCutover', commit, 'FINALIZED'],
    ['rollback', 'RevertLifeCycle', undo, 'ROLLED_BACK'],
  ])('leaves a %s alone that is under way when commitBy passes', async (_what, state, act, verdict) => {
    await inNight(scenario, async (night) => {
      const commitBy = '2026-03-08T02:00:00Z';
      const options = { ...rollingBack, commitBy, onCommitTimeout: verdict === 'FINALIZED' ? 'rollback' : 'hold' };
      const { ended } = await atGate(night, options);
      await night.time.sleep(Date.parse(commitBy) - night.time.now() - minuteMs);
      const { result } = await act(night, { around: slow(night, state, 4 * minuteMs) });
      const wave = await ended;

      expect(result.status).toBe('SUCCEEDED');
      expect(result.endedAtMs).toBeGreaterThan(Date.parse(commitBy));
      expect(statesEntered(wave)).toContain('wave-cutover/TakeOutcome');
      expect((await night.read()).verdicts).toEqual(both(verdict));
      expect((await night.read()).of('web-1').warnings).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('takes over a commit that was given up half-way, and brings back what is not finalized', async () => {
    await inNight(scenario, async (night) => {
      const commitBy = '2026-03-08T02:00:00Z';
      const { ended } = await atGate(night, { ...rollingBack, commitBy });
      await night.time.sleep(Date.parse(commitBy) - night.time.now() - minuteMs);
      night.simulator.faults().add({ fault: 'throttle', operation: 'FinalizeCutover', nthCalls: [2] });
      await commit(night, {
        around: async (step, invoke) => {
          if (step.stateName !== 'FinalizeCutover') return invoke();
          await invoke().catch(() => undefined);
          step.stop();
          return undefined;
        },
      });
      const wave = await ended;
      const { verdicts } = await night.read();

      expect(wave.result).toMatchObject({ status: 'FAILED', error: 'WavePartlyCutOver' });
      expect(Object.values(verdicts).sort()).toEqual(['FINALIZED', 'ROLLED_BACK']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});
