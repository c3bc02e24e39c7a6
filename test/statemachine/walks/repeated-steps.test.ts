/** Lambda may invoke twice, and may die after the work was done: no step does anything a second time. */
import { stateMachineFiles } from '../../../local/state-machines.ts';
import { inNight, type AroundStep, type Step, type Write } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import {
  eventfulNight,
  eventfulVerdicts,
  hookedOptions,
  walkCommittedNight,
  walkEventfulNight,
} from '../../support/eventful-night.ts';
import { createHandlers } from '../../../functions/handlers/index.ts';

const lambdaDied = Object.assign(new Error('the function ended without an answer'), { name: 'Lambda.Unknown' });

/** Each step is done, and then its answer lost: once per invocation in a row, for the first three of each state. */
const dyingAfter = (handler: string): AroundStep => {
  const deaths = new Map<string, number>();
  return async (step, invoke) => {
    const answer = await invoke();
    const died = deaths.get(step.stateName) ?? 0;
    if (step.handler !== handler || died >= 3) return answer;
    deaths.set(step.stateName, died + 1);
    throw lambdaDied;
  };
};

const dyingBefore = (handler: string): AroundStep => {
  let died = 0;
  return async (step, invoke) => {
    if (step.handler !== handler || died >= 3) return invoke();
    died += 1;
    throw lambdaDied;
  };
};

const inARow =
  (handler: string): AroundStep =>
  async (step, invoke) => {
    const answer = await invoke();
    return step.handler === handler ? invoke() : answer;
  };

/** The doubled invocation that loses a race on the ledger fails, and the state machine tries again. */
const atOnce =
  (handler: string): AroundStep =>
  async (step, invoke) => {
    if (step.handler !== handler) return invoke();
    const [first, second] = await Promise.allSettled([invoke(), invoke()]);
    const answered = [first, second].find((ended) => ended.status === 'fulfilled');
    if (answered !== undefined) return answered.value;
    throw first.status === 'rejected' ? first.reason : lambdaDied;
  };

const disturbances: readonly [string, (handler: string) => AroundStep][] = [
  ['dies after its work three times', dyingAfter],
  ['dies before its work three times', dyingBefore],
  ['is invoked twice in a row', inARow],
  ['is invoked twice at once', atOnce],
];

const handlersOf = (files: unknown) =>
  [...new Set(JSON.stringify(files).match(/(?<=\$\{)\w+(?=FunctionArn\})/g))].sort();
const { commit, rollback, 'wave-cutover': wave, 'cutover-shift': shift } = stateMachineFiles;
/** What a person's gates need is not part of this night. */
const gates = ['AnswerGate', 'OpenGate'];
const isMet = (handler: string) => !gates.includes(handler);

describe.each(handlersOf(commit).filter(isMet))('%s of a commit', (handler) => {
  it.each(disturbances)('%s and every server is finalized once', async (_name, disturb) => {
    const met: Step[] = [];
    await inNight(eventfulNight, async (night) => {
      const disturbed = disturb(handler);
      const walk = await walkCommittedNight(night, (step, invoke) => {
        if (step.machine !== 'commit') return invoke();
        if (step.handler === handler) met.push(step);
        return disturbed(step, invoke);
      });
      const left = await night.read();
      const finalizes = night.writes.filter(({ operation }) => operation === 'FinalizeCutover');

      expect(left.verdicts).toEqual(eventfulVerdicts);
      expect(walk.result).toMatchObject({ status: 'SUCCEEDED', output: { commit: 'FINALIZED' } });
      expect(finalizes.filter(({ error }) => error === undefined)).toHaveLength(2);
      expect(left.run.commits).toHaveLength(1);
      expect(left.of('good').warnings).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
    if (handler !== 'RecordFailure') expect(met.length).toBeGreaterThan(0);
  });
});

describe.each(handlersOf([wave, shift]).filter(isMet))('%s', (handler) => {
  it.each(disturbances)('%s and the night ends as it would have', async (_name, disturb) => {
    const met: Step[] = [];
    await inNight(eventfulNight, async (night) => {
      const disturbed = disturb(handler);
      const around: AroundStep = (step, invoke) => {
        if (step.handler === handler) met.push(step);
        return disturbed(step, invoke);
      };
      const walk = await walkEventfulNight(night, around, hookedOptions);
      const left = await night.read();

      expect(left.verdicts).toEqual(eventfulVerdicts);
      expect(walk.result).toMatchObject({ error: 'WavePartlyCutOver' });
      expect(night.account().sourceServers.map(({ attempts }) => attempts.cutover)).toEqual([1, 1, 1, 1]);
      expect(night.server('good').attempts.terminate).toBe(1);
      expect(left.of('good').warnings).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
    if (handler !== 'RecordFailure') expect(met.length).toBeGreaterThan(0);
  });
});

describe.each(handlersOf(rollback).filter(isMet))('%s of an operator’s rollback', (handler) => {
  it.each(disturbances)('%s and everything is brought back once', async (_name, disturb) => {
    const met: Step[] = [];
    await inNight(eventfulNight, async (night) => {
      await walkEventfulNight(night, undefined, { ...hookedOptions, commit: 'never' });
      const disturbed = disturb(handler);
      const around: AroundStep = (step, invoke) => {
        if (step.handler === handler) met.push(step);
        return disturbed(step, invoke);
      };
      const walk = await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' }, around });
      const left = await night.read();
      const isRevert = ({ operation, error }: Write) =>
        operation === 'ChangeServerLifeCycleState' && error === undefined;
      const reverts = night.writes.filter(isRevert);

      expect(walk.result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { ROLLED_BACK: 4 } } });
      for (const { attempts } of night.account().sourceServers) expect(attempts.cutover).toBe(1);
      expect(new Set(reverts.map(({ sourceServerIDs }) => sourceServerIDs[0])).size).toBe(reverts.length);
      expect(left.of('good').warnings).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
    if (handler !== 'RecordFailure') expect(met.length).toBeGreaterThan(0);
  });
});

it('all of them die after their work, every time but the last that is allowed', async () => {
  await inNight(eventfulNight, async (night) => {
    const deaths = new Map<string, number>();
    await walkEventfulNight(
      night,
      async (step, invoke) => {
        const answer = await invoke();
        const died = deaths.get(step.stateName) ?? 0;
        deaths.set(step.stateName, died + 1);
        if (died % 3 !== 2) throw lambdaDied;
        return answer;
      },
      hookedOptions,
    );

    expect((await night.read()).verdicts).toEqual(eventfulVerdicts);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('are all steps there are', async () => {
  await inNight(eventfulNight, (night) => {
    expect(Object.keys(createHandlers(night.deps)).sort()).toEqual(handlersOf(stateMachineFiles));
    return Promise.resolve();
  });
});
