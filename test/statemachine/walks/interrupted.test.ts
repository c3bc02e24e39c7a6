/** A run that is stopped at any step: resumed under its name it ends as it would have, or an operator brings it back. */
import { aWave, inNight, type AroundStep, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { eventfulNight, eventfulVerdicts, hookedOptions, walkEventfulNight } from '../../support/eventful-night.ts';
import { holdMs } from '../../../functions/shared/open-run.ts';

/** Stops the execution before its nth step. */
const stopBefore =
  (number: number): AroundStep =>
  async (step, invoke) => {
    if (step.number !== number) return invoke();
    step.stop();
    return undefined;
  };

/** Stops it while its nth step is at work; what the step does still happens, and nobody hears of it. */
const stopDuring =
  (number: number): AroundStep =>
  async (step, invoke) => {
    if (step.number === number) step.stop();
    return invoke();
  };

const interruptions = [
  ['before', stopBefore],
  ['during', stopDuring],
] as const;

jest.setTimeout(60_000);

/** Every step of the undisturbed night, by number and name. */
let steps: readonly [number, string][] = [];

/** The wave alone ends with its FinalizeCutover; rolling back is tried up to there. */
const isBeforeCommit = (number: number) => number <= steps.findIndex(([, name]) => name === 'FinalizeCutover') + 1;

beforeAll(async () => {
  await inNight(eventfulNight, async (night) => {
    const walk = await walkEventfulNight(night, undefined, hookedOptions);
    steps = walk.steps.map(({ number, stateName }) => [number, stateName]);
  });
});

async function eachStep(check: (number: number, name: string) => Promise<void>): Promise<void> {
  expect(steps.length).toBeGreaterThan(25);
  for (const [number, name] of steps) {
    try {
      await check(number, name);
    } catch (error) {
      throw new Error(`stopped at step ${number}, ${name}`, { cause: error });
    }
  }
}

const expectOneLaunchEach = (night: Night) => {
  for (const { attempts } of night.account().sourceServers) expect(attempts.cutover).toBeLessThanOrEqual(1);
};

describe.each(interruptions)('a run that is stopped %s any step', (_when, stop) => {
  it('ends as it would have when it is resumed under its name', async () => {
    await eachStep(async (number) => {
      await inNight(eventfulNight, async (night) => {
        const stopped = await walkEventfulNight(night, stop(number), hookedOptions);
        expect(stopped.result.status).toBe('ABORTED');
        await night.time.sleep(60_000);
        const resumed = await walkEventfulNight(night, undefined, hookedOptions);

        // Only the end of the last step may already have been reached.
        if (resumed.result.status === 'FAILED' && resumed.result.error !== 'WavePartlyCutOver') {
          expect([number, resumed.result.error]).toEqual([steps.length, 'RunExistsError']);
        }
        expect((await night.read()).verdicts).toEqual(eventfulVerdicts);
        expectOneLaunchEach(night);
        expect(await breachesOf(night)).toEqual([]);
      });
    });
  });

  it('is brought back by an operator, wherever it was', async () => {
    await eachStep(async (number, name) => {
      if (!isBeforeCommit(number)) return;
      await inNight(eventfulNight, async (night) => {
        await walkEventfulNight(night, stop(number), hookedOptions);
        await night.time.sleep(holdMs);
        const { result } = await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' } });
        if (number === 1 && stop === stopBefore) {
          expect(result).toMatchObject({ error: 'RunNotFoundError' });
          return;
        }

        const { verdicts } = await night.read();
        if (name === 'FinalizeCutover' && stop === stopDuring) {
          expect(result).toMatchObject({ error: 'InvalidInputError' });
          expect(verdicts).toEqual(eventfulVerdicts);
          return;
        }
        for (const verdict of Object.values(verdicts)) expect(['ROLLED_BACK', 'NOT_STARTED']).toContain(verdict);
        expectOneLaunchEach(night);
        expect(await breachesOf(night)).toEqual([]);
      });
    });
  });

  it('is brought back by an operator whose rollback is stopped at any step and started again', async () => {
    await eachStep(async (number) => {
      await inNight(eventfulNight, async (night) => {
        await walkEventfulNight(night, stopBefore(20), hookedOptions);
        await night.time.sleep(holdMs);
        const undo = { machine: 'rollback', input: { runID: 'night-1' } } as const;
        const stopped = await night.walk({ ...undo, name: 'undo-1', around: stop(number) });
        if (stopped.result.status !== 'ABORTED') return;
        await night.time.sleep(holdMs);
        await night.walk({ ...undo, name: 'undo-2' });

        const { verdicts } = await night.read();
        for (const verdict of Object.values(verdicts)) expect(['ROLLED_BACK', 'NOT_STARTED']).toContain(verdict);
        expectOneLaunchEach(night);
        expect(await breachesOf(night)).toEqual([]);
      });
    });
  });
});

it('a run whose rollback was stopped brings back what it had begun to when it is resumed', async () => {
  await inNight(eventfulNight, async (night) => {
    await walkEventfulNight(night, stopBefore(20), hookedOptions);
    await night.time.sleep(holdMs);
    await night.walk({
      machine: 'rollback',
      name: 'undo-1',
      input: { runID: 'night-1' },
      around: async (step, invoke) => {
        if (step.stateName === 'RevertLifeCycle') step.stop();
        return invoke();
      },
    });
    await night.time.sleep(holdMs);
    await walkEventfulNight(night, undefined, hookedOptions);

    for (const verdict of Object.values((await night.read()).verdicts)) expect(verdict).toBe('ROLLED_BACK');
    expectOneLaunchEach(night);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('a run that was stopped before it started anything is assessed anew when it is resumed', async () => {
  const stalled = { act: 'PauseReplication' as const, servers: ['web-1'], atSeconds: 600 };
  await inNight(aWave([{ hostname: 'web-1' }], { foreignActivity: [stalled] }), async (night) => {
    await night.walk({
      around: async (step, invoke) => {
        if (step.stateName === 'StartCutover') step.stop();
        return step.stateName === 'StartCutover' ? undefined : invoke();
      },
    });
    await night.time.sleep(holdMs);
    await night.walk();

    expect((await night.read()).of('web-1')).toMatchObject({
      verdict: 'BLOCKED',
      reasons: [{ code: 'REPLICATION_NOT_CONTINUOUS' }],
    });
    expect(night.writes).toEqual([]);
  });
});

it('an operator cannot take a run whose execution may still be alive', async () => {
  await inNight(eventfulNight, async (night) => {
    await walkEventfulNight(night, stopBefore(20), hookedOptions);
    const writes = night.writes.length;
    const { result } = await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' } });

    expect(result).toMatchObject({ status: 'FAILED', error: 'RunHeldError' });
    expect('cause' in result && result.cause).toMatch(/the run is free at 2026-03-07T22:\d\d/);
    expect(night.writes).toHaveLength(writes);
  });
});
