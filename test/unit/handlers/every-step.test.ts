/** What holds for all steps: wrong events are named, and only the execution that holds the run may go on. */
import { aWave, inNight } from '../../support/a-run.ts';
import { createHandlers } from '../../../functions/handlers/index.ts';
import { begin, callerOf } from './direct.ts';

const scenario = aWave([{ hostname: 'web-1', launchedInstance: 'test' }]);
const error = { Error: 'Lambda.Unknown', Cause: 'died' };
const more: Readonly<Record<string, Record<string, unknown>>> = {
  AssessReadiness: {},
  PollJobs: { shiftStartedAt: '2026-03-07T22:00:00Z' },
  TerminateTestInstances: {},
  StartCutover: {},
  CheckLaunch: {},
  CheckPostLaunchActions: {},
  RunHooks: {},
  AwaitRunningJobs: {},
  RevertLifeCycle: {},
  TerminateCutoverInstances: {},
  VerifyRollback: {},
  FinalizeCutover: {},
  RecordFailure: { error },
  RecordOutcome: {},
};
/** Those that claim a run, or let go of it. */
const claiming = ['KeepCommitGate', 'OpenGate', 'ResolveWave', 'SelectCommit', 'SelectRollback'];
/** Those that work on no run of a wave: a person's answer, and migrations. */
const others = ['AnswerGate', 'PlanMigration', 'RecordMigration', 'TakeWave'];
const holding = Object.entries(more);

it('names every step', async () => {
  await inNight(scenario, (night) => {
    const named = [...Object.keys(more), ...claiming, ...others];

    expect(Object.keys(createHandlers(night.deps)).sort()).toEqual(named.sort());
    return Promise.resolve();
  });
});

describe.each(holding)('%s', (handler, event) => {
  it('refuses an event without a run, naming the field', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);

      await expect(call(handler, { ...event, runID: 'no name' })).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringContaining('runID'),
      });
      await expect(call(handler, { ...event, executionID: '' })).rejects.toThrow(/executionID/);
    });
  });

  it('knows no run that is not in the ledger', async () => {
    await inNight(scenario, async (night) => {
      await expect(callerOf(night)(handler, event)).rejects.toMatchObject({ name: 'RunNotFoundError' });
    });
  });

  it('does nothing for an execution that does not hold the run', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { commit: 'auto' });
      const before = await night.read();
      const writes = night.writes.length;

      await expect(call(handler, { ...event, executionID: 'execution-2' })).rejects.toMatchObject({
        name: 'RunHeldError',
        message: expect.stringContaining('execution-1'),
      });
      expect(await night.read()).toMatchObject({ run: before.run, servers: before.servers, failures: [] });
      expect(night.writes).toHaveLength(writes);
    });
  });
});
