/** No state and no Catch is decoration: each one is entered, each one fires, and what follows it is still safe. */
import { parseDefinition } from '../../../local/asl.ts';
import { statesOf } from '../../../local/asl-rules/rule.ts';
import { stateMachineFiles } from '../../../local/state-machines.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { inNight, statesEntered, type AroundStep, type Walk } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import {
  commitEventfulNight,
  eventfulNight,
  hookedOptions,
  walkCommittedNight,
  walkEventfulNight,
} from '../../support/eventful-night.ts';

jest.setTimeout(60_000);

/** What a person's gates and the runs of many waves need is walked by `gates`, `commit-gate` and `migration-*`. */
const elsewhere = [
  'wave-cutover/WaitForLocks',
  'wave-cutover/AwaitApproval',
  'wave-cutover/PauseAtStartGate',
  'wave-cutover/AwaitCommit',
  'wave-cutover/PauseAtCommitGate',
  'wave-cutover/RollBackUncommitted',
  'wave-cutover/TakeOutcome',
  'wave-cutover/RunTakenOver',
  'rollback/TellWaitingWave',
  'commit/AnswerGate',
  'commit/Answered',
  'commit/TellWaitingWave',
];
const isElsewhere = (id: string) => id.startsWith('migration-run/') || elsewhere.includes(id);

const states = Object.entries(stateMachineFiles).flatMap(([machine, file]) =>
  statesOf(parseDefinition(machine, file)).flatMap(({ stateName, state }) => {
    const id = `${machine}/${stateName}`;
    return isElsewhere(id) ? [] : [{ id, machine, state }];
  }),
);

const isPerformedByHandler = (resource: string | undefined) => resource?.endsWith('FunctionArn}') === true;
const brokenOneByOne = states
  .filter(({ state }) => isPerformedByHandler(state.Resource))
  .map(({ id, machine, state }) => ({ id, catchTarget: `${machine}/${state.Catch?.at(-1)?.Next ?? ''}` }));

/** States that are entered only when another one has failed. */
const entrances: Readonly<Record<string, readonly string[]>> = {
  'cutover-shift/RecordShiftFailure': ['cutover-shift/CheckLaunch'],
  'cutover-shift/RecordRevertFailure': ['cutover-shift/RevertLifeCycle'],
  'cutover-shift/RecordTerminateFailure': ['cutover-shift/TerminateCutoverInstances'],
  'cutover-shift/RecordVerifyFailure': ['cutover-shift/VerifyRollback'],
  'cutover-shift/RecordHooksFailure': ['cutover-shift/RunHooks'],
  'cutover-shift/RecordTestTerminationFailure': ['cutover-shift/TerminateTestInstances'],
  'cutover-shift/RecordStartFailure': ['cutover-shift/StartCutover'],
  'commit/RecordCommitFailure': ['commit/FinalizeCutover'],
  'commit/RecordUnreadOutcome': ['commit/RecordOutcome'],
  'rollback/RecordAwaitFailure': ['rollback/AwaitRunningJobs'],
  'rollback/RecordRevertFailure': ['rollback/RevertLifeCycle'],
  'rollback/RecordTerminateFailure': ['rollback/TerminateCutoverInstances'],
  'rollback/RecordVerifyFailure': ['rollback/VerifyRollback'],
  'rollback/RecordUnreadOutcome': ['rollback/RecordOutcome'],
  'rollback/RecordHooksFailure': ['rollback/RunHooks'],
  'wave-cutover/RecordRollbackFailure': ['cutover-shift/CheckLaunch', 'rollback/SelectRollback'],
  'wave-cutover/RecordWaveFailure': ['wave-cutover/AssessReadiness'],
  'wave-cutover/RecordUnreadOutcome': ['wave-cutover/RecordOutcome'],
};

const denied = Object.assign(new Error('denied for good'), { name: 'AccessDeniedError' });

const breaking =
  (...ids: readonly string[]): AroundStep =>
  async (step, invoke) => {
    if (ids.includes(`${step.machine}/${step.stateName}`)) throw denied;
    return invoke();
  };

const entered = new Set<string>();

const note = (walk: Walk): string[] => {
  const ids = statesEntered(walk);
  for (const id of ids) entered.add(id);
  return ids;
};

/** Whether one state was entered right after another in the same execution. */
function follows(walk: Walk, id: string, next: string): boolean {
  const byExecution = Map.groupBy(walk.events, ({ executionArn }) => executionArn);
  return [...byExecution.values()].some((events) => {
    const ids = statesEntered({ ...walk, events });
    return ids.some((candidate, index) => candidate === id && ids[index + 1] === next);
  });
}

describe('every state machine', () => {
  it('walks an undisturbed night, and a rollback of it by an operator', async () => {
    await inNight(eventfulNight, async (night) => {
      note(await walkEventfulNight(night, undefined, { ...hookedOptions, commit: 'never' }));
      note(await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' } }));

      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each(brokenOneByOne)('survives $id failing for good', async ({ id, catchTarget }) => {
    await inNight(eventfulNight, async (night) => {
      const around = breaking(id, ...(entrances[id] ?? []));
      const machine = id.slice(0, id.indexOf('/'));
      // What is finalized gives an operator nothing to bring back, and nothing to commit.
      const isOperators = machine === 'rollback' || machine === 'commit';
      const options = { ...hookedOptions, ...(isOperators && { commit: 'never' }) };
      const walk = await walkEventfulNight(night, around, options);
      const undo = { machine: 'rollback', name: 'undo', input: { runID: 'night-1' }, around } as const;
      const isLeftToOperator = isOperators && !statesEntered(walk).includes(id);
      const byOperator = () => (machine === 'commit' ? commitEventfulNight(night, around) : night.walk(undo));
      const walks = isLeftToOperator ? [walk, await byOperator()] : [walk];
      walks.forEach(note);

      expect(walks.some((walked) => follows(walked, id, catchTarget))).toBe(true);
      expect(walks.some(({ result }) => result.status === 'FAILED')).toBe(true);
      if (id === 'wave-cutover/ResolveWave') {
        expect(night.writes).toEqual([]);
        return;
      }
      const isUnrecorded = statesEntered(walks.at(-1) ?? walk).some((name) =>
        /OutcomeNotRecorded|WaveNotResolved/.test(name),
      );
      const breaches = await breachesOf(night);
      expect(breaches.filter((what) => !isUnrecorded || what !== 'the run has no end')).toEqual([]);
    });
  });

  it('hands what a failed shift has started to a rollback, and reports one that could not begin', async () => {
    await inNight(eventfulNight, async (night) => {
      const walk = await walkEventfulNight(night, breaking('cutover-shift/CheckLaunch', 'rollback/SelectRollback'));
      note(walk);
      const left = await night.read();

      expect(follows(walk, 'wave-cutover/CutOver', 'wave-cutover/RollBackUnverified')).toBe(true);
      expect(follows(walk, 'wave-cutover/RollBackUnverified', 'wave-cutover/RecordRollbackFailure')).toBe(true);
      expect(new Set(Object.values(left.verdicts))).toEqual(new Set(['NEEDS_A_PERSON']));
      expect(left.of('good').reasons.map(({ code }) => code)).toContain('ENDED_UNJUDGED');
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('ends in each of its ways', async () => {
    const oneServer = (server: object): ScenarioInput => ({
      waves: [{ name: 'wave', applications: [{ name: 'shop', servers: [{ hostname: 'web-1', ...server }] }] }],
    });
    for (const server of [
      {},
      { cutover: 'stuck' },
      { launchedInstance: 'test', terminate: 'stuck' },
      { lifeCycleState: 'READY_FOR_TEST' },
    ]) {
      await inNight(oneServer(server), async (night) => {
        note(await night.walk());
        note(await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' } }));
      });
    }
    for (const fault of [
      [],
      [{ fault: 'throttle' as const, operation: 'FinalizeCutover' as const }],
      [{ fault: 'refuse' as const, operation: 'FinalizeCutover' as const, exception: 'ValidationException' as const }],
    ]) {
      await inNight({ ...eventfulNight, faults: fault }, async (night) => {
        note(await walkCommittedNight(night));
        note(await commitEventfulNight(night, undefined, 'keep-2'));
      });
    }

    const missed = states.map(({ id }) => id).filter((id) => !entered.has(id));
    expect(missed).toEqual([]);
  });
});
