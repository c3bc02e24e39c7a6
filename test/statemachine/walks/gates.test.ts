/** The gate before the start, and what becomes of both gates when their steps fail. */
import { gateOf } from '../../../functions/domain/gate.ts';
import { aWave, inNight, statesEntered, withOptions, type AroundStep, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import {
  approving,
  atGate,
  both,
  codesOf,
  commit,
  dayMs,
  denied,
  hourMs,
  minuteMs,
  rollingBack,
  say,
  scenario,
} from '../../support/gate-walks.ts';

/** A step that fails for good, every time. */
const breaking =
  (...states: readonly string[]): AroundStep =>
  async ({ stateName }, invoke) => {
    if (states.includes(stateName)) throw denied;
    return invoke();
  };

describe('a wave that waits for approval', () => {
  const starting = { start: 'approve' };

  it('has touched nothing, and starts the moment a person approves', async () => {
    await inNight(scenario, async (night) => {
      const { ended, gate } = await atGate(night, starting);
      expect(gate).toMatchObject({ gate: 'START' });
      expect(night.writes).toEqual([]);
      await night.time.sleep(2 * hourMs);
      const word = await say(night, 'approve');
      const wave = await ended;
      const { run, verdicts } = await night.read();

      expect(word.result).toMatchObject({ status: 'SUCCEEDED', output: { answer: 'APPROVED' } });
      expect(gateOf(run, 'START')?.answer).toEqual({
        approved: true,
        at: word.result.startedAtMs,
        by: expect.stringMatching(/:execution:commit:approve-1$/),
      });
      const [first] = night.writes;
      expect((first?.atMs ?? 0) - word.result.endedAtMs).toBeLessThan(minuteMs);
      expect(wave.result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'VERIFIED' } });
      expect(verdicts).toEqual(both('VERIFIED'));
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('is refused by a person, and has touched nothing', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, starting);
      await say(night, 'refuse');
      const wave = await ended;
      const left = await night.read();

      expect(wave.result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect(left.verdicts).toEqual(both('NOT_STARTED'));
      expect(codesOf(left.of('web-1').reasons)).toEqual(['START_REFUSED']);
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('is refused when nobody comes within a day, or by startBy', async () => {
    for (const [options, waitedMs] of [
      [starting, dayMs],
      [{ ...starting, startBy: '2026-03-08T01:00:00Z' }, 3 * hourMs],
    ] as const) {
      await inNight(scenario, async (night) => {
        const walk = await night.walk({ input: withOptions(night, options) });
        const left = await night.read();

        expect(walk.result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
        expect(walk.result.endedAtMs - walk.result.startedAtMs).toBeGreaterThanOrEqual(waitedMs);
        expect(walk.result.endedAtMs - walk.result.startedAtMs).toBeLessThan(waitedMs + minuteMs);
        expect(codesOf(left.of('web-1').reasons)).toEqual(['NOT_APPROVED_IN_TIME']);
        expect(night.writes).toEqual([]);
        expect(await breachesOf(night)).toEqual([]);
      });
    }
  });

  it('finds an approval that could not call it back at its next look', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, starting);
      const word = await say(night, 'approve', { isUnheard: true });
      const wave = await ended;
      const [first] = night.writes;

      expect(wave.result).toMatchObject({ status: 'SUCCEEDED' });
      expect((first?.atMs ?? 0) - word.result.endedAtMs).toBeLessThanOrEqual(
        night.deps.gateLookSeconds * 1_000 + minuteMs,
      );
    });
  });

  it('checks everything once more: what is blocked by then is not started', async () => {
    const changes = [{ atSeconds: 3_600, state: 'STALLED' as const }];
    await inNight(aWave([{ hostname: 'web-1', changes }, { hostname: 'web-2' }]), async (night) => {
      const { ended } = await atGate(night, starting);
      await night.time.sleep(2 * hourMs);
      await say(night, 'approve');

      expect((await ended).result).toMatchObject({ error: 'WaveRefused' });
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'BLOCKED', 'web-2': 'NOT_STARTED' });
      expect(night.writes).toEqual([]);
    });
  });

  it('waits at both gates, one after the other', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, { ...starting, ...approving });
      await say(night, 'approve');
      await night.time.sleep(2 * hourMs);
      await commit(night);

      expect((await ended).result).toMatchObject({ output: { outcome: 'FINALIZED' } });
      expect((await night.read()).run.gates?.map(({ gate }) => gate)).toEqual(['START', 'COMMIT']);
    });
  });

  it('steps aside for a rollback that a person began meanwhile, which ends the run', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, starting);
      await night.time.sleep(hourMs);
      await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' } });
      const wave = await ended;

      expect(wave.result).toMatchObject({ status: 'FAILED', error: 'RunHeldError' });
      expect(statesEntered(wave)).toContain('wave-cutover/RunTakenOver');
      expect((await night.read()).run.end).toMatchObject({ outcome: 'REFUSED' });
      expect((await night.read()).verdicts).toEqual(both('NOT_STARTED'));
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('is not moved by a commit of a run that has nothing verified', async () => {
    await inNight(scenario, async (night) => {
      const { running } = await atGate(night, starting);
      const { result } = await commit(night);

      expect(result).toMatchObject({ status: 'FAILED' });
      expect((await night.read()).run.end).toBeUndefined();
      running.stop();
    });
  });
});

describe('a gate whose steps fail', () => {
  it.each([
    ['AwaitCommit', approving, 'PauseAtCommitGate', (night: Night) => commit(night)],
    ['AwaitApproval', { start: 'approve' }, 'PauseAtStartGate', () => Promise.resolve()],
  ])('%s: the run looks by itself after the same time', async (state, options, pause, act) => {
    await inNight(scenario, async (night) => {
      let tries = 0;
      const started = night.start({
        input: withOptions(night, { commit: 'never', ...options }),
        around: async ({ handler }, invoke) => {
          if (handler !== 'OpenGate') return invoke();
          tries += 1;
          if (tries <= 2) throw denied;
          return invoke();
        },
      });
      await night.time.sleep(3 * hourMs);
      if (state === 'AwaitApproval') await say(night, 'approve');
      await act(night);
      const wave = await started.ended;
      const entered = statesEntered(wave);

      expect(entered.filter((name) => name === `wave-cutover/${pause}`)).toHaveLength(2);
      expect(entered.filter((name) => name === `wave-cutover/${state}`).length).toBeGreaterThanOrEqual(3);
      expect(wave.result.status).toBe('SUCCEEDED');
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('KeepCommitGate: the run ends with what was verified, which silence would have come to', async () => {
    await inNight(scenario, async (night) => {
      const walk = await night.walk({ input: withOptions(night, approving), around: breaking('KeepCommitGate') });
      const left = await night.read();

      expect(statesEntered(walk)).toContain('wave-cutover/RecordWaveFailure');
      expect(left.verdicts).toEqual(both('VERIFIED'));
      expect(left.failures.map(({ error }) => error)).toEqual(['AccessDeniedError']);
      expect(left.run.end).toBeDefined();
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each([
    ['RollBackUncommitted', 'SelectRollback', 'RecordRollbackFailure'],
    ['KeepCommitGate', 'KeepCommitGate', 'RecordWaveFailure'],
  ])('%s: what should have been brought back and was not needs a person', async (_what, state, record) => {
    await inNight(scenario, async (night) => {
      const walk = await night.walk({ input: withOptions(night, rollingBack), around: breaking(state) });
      const left = await night.read();

      expect(statesEntered(walk)).toContain(`wave-cutover/${record}`);
      expect(walk.result).toMatchObject({ status: 'FAILED', error: 'PersonNeeded' });
      expect(left.verdicts).toEqual(both('NEEDS_A_PERSON'));
      expect(codesOf(left.of('web-1').reasons)).toEqual(['NOT_BROUGHT_BACK']);
      expect(left.of('web-1').nextSteps.at(-1)).toContain('mgn-cutover rollback night-1');
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('AnswerGate: the answer is refused, and may be given again', async () => {
    await inNight(scenario, async (night) => {
      const { ended } = await atGate(night, { start: 'approve' });
      const first = await say(night, 'approve', { name: 'approve-0', around: breaking('AnswerGate') });
      await say(night, 'approve');

      expect(first.result).toMatchObject({ status: 'FAILED', error: 'AccessDeniedError' });
      expect(statesEntered(first)).toContain('commit/CommitNotStarted');
      expect((await ended).result).toMatchObject({ status: 'SUCCEEDED' });
    });
  });

  it('an answer that nobody waits for is refused and changes nothing', async () => {
    await inNight(scenario, async (night) => {
      await night.walk();
      const before = (await night.read()).run;
      const { result } = await say(night, 'approve');

      expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError' });
      expect((await night.read()).run).toEqual(before);
    });
  });

  it('a commit that comes and goes while the run is about to wait anew is found at once', async () => {
    await inNight(scenario, async (night) => {
      let looks = 0;
      const { ended } = await atGate(night, approving, {
        around: async ({ handler }, invoke) => {
          if (handler !== 'OpenGate') return invoke();
          looks += 1;
          if (looks === 2) await commit(night);
          return invoke();
        },
      });
      const wave = await ended;
      const { run } = await night.read();

      expect(run.end?.outcome).toBe('FINALIZED');
      expect(wave.result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'FINALIZED' } });
      expect(wave.result.endedAtMs - (run.end?.endedAt ?? 0)).toBeLessThan(minuteMs);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});
