/** A commit that is stopped at any step: another one takes it up, a rollback brings back the rest, nothing is lost. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { aWave, inNight, type AroundStep, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

/** More than one invocation of FinalizeCutover takes. */
const names = Array.from({ length: 30 }, (_, index) => `web-${index + 1}`);
const scenario = aWave(names.map((hostname) => ({ hostname })));
const all = (verdict: string) => Object.fromEntries(names.map((hostname) => [hostname, verdict]));

const keep = (night: Night, name: string, around?: AroundStep) =>
  night.walk({ machine: 'commit', name, input: { runID: 'night-1' }, ...(around && { around }) });

const stopBefore =
  (number: number): AroundStep =>
  async (step, invoke) => {
    if (step.number !== number) return invoke();
    step.stop();
    return undefined;
  };
/** What the step does still happens, and nobody hears of it. */
const stopDuring =
  (number: number): AroundStep =>
  async (step, invoke) => {
    if (step.number === number) step.stop();
    return invoke();
  };

const steps = ['SelectCommit', 'FinalizeCutover', 'FinalizeCutover', 'RecordOutcome'].map(
  (stateName, index) => [index + 1, stateName] as const,
);
const interruptions = [
  ['before', stopBefore],
  ['during', stopDuring],
] as const;

const finalizedNow = (night: Night) =>
  night.account().sourceServers.filter(({ lifeCycle }) => lifeCycle?.state === 'CUTOVER').length;

it('takes these steps when nobody stops it', async () => {
  await inNight(scenario, async (night) => {
    await night.walk();
    const walk = await keep(night, 'keep-1');

    expect(walk.steps.map(({ number, stateName }) => [number, stateName])).toEqual(steps);
  });
});

describe.each(interruptions)('stopped %s', (_when, stop) => {
  it.each(steps)('step %i (%s), it is taken up by another commit', async (number) => {
    await inNight(scenario, async (night) => {
      await night.walk();
      const stopped = await keep(night, 'keep-1', stop(number));
      expect(stopped.result.status).toBe('ABORTED');
      await night.time.sleep(holdMs);
      const { result } = await keep(night, 'keep-2');
      const left = await night.read();

      expect(result).toMatchObject({ status: 'SUCCEEDED' });
      expect(left.verdicts).toEqual(all('FINALIZED'));
      expect(left.run.end).toMatchObject({ outcome: 'FINALIZED' });
      expect(night.writes.filter(({ operation }) => operation === 'FinalizeCutover')).toHaveLength(names.length);
      const asked = (left.run.commits ?? []).flatMap(({ sourceServerIDs }) => sourceServerIDs);
      expect(asked.sort()).toEqual(names.map((hostname) => night.idOf(hostname)).sort());
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each(steps)('step %i (%s), a rollback brings back what is not finalized', async (number) => {
    await inNight(scenario, async (night) => {
      await night.walk();
      await keep(night, 'keep-1', stop(number));
      await night.time.sleep(holdMs);
      const finalized = finalizedNow(night);
      const { result } = await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' } });
      const verdicts = Object.values((await night.read()).verdicts);

      if (finalized === names.length) {
        // Nothing can be brought back any more, and a commit is what ends the run.
        expect(result).toMatchObject({ error: 'InvalidInputError' });
        await keep(night, 'keep-2');
      } else expect(result).toMatchObject({ status: 'SUCCEEDED' });
      expect(finalizedNow(night)).toBe(finalized);
      expect(verdicts.filter((verdict) => verdict === 'FINALIZED')).toHaveLength(finalized);
      expect(verdicts.filter((verdict) => verdict === 'ROLLED_BACK')).toHaveLength(names.length - finalized);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each(steps)('step %i (%s), a run that is resumed finalizes and launches nothing', async (number) => {
    await inNight(scenario, async (night) => {
      await night.walk();
      await keep(night, 'keep-1', stop(number));
      await night.time.sleep(holdMs);
      const before = { finalized: finalizedNow(night), writes: night.writes.length };
      await night.walk();
      const verdicts = Object.values((await night.read()).verdicts);

      expect({ finalized: finalizedNow(night), writes: night.writes.length }).toEqual(before);
      expect(verdicts.filter((verdict) => verdict === 'FINALIZED')).toHaveLength(before.finalized);
      expect(verdicts.filter((verdict) => verdict === 'VERIFIED')).toHaveLength(names.length - before.finalized);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});
