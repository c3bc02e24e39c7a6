/** A task that waits for a token as long as its input says, and the state that answers it, as in Step Functions. */
import { startExecution } from '../../local/execution.ts';
import { compileMachines } from '../../local/machines.ts';
import { TaskTokens } from '../../local/task-tokens.ts';
import { withVirtualTime } from '../../local/virtual-time.ts';
import {
  START_MS,
  caughtAs,
  machineOf,
  namedError,
  only,
  poll,
  runMachine,
  withCaught,
  type Fields,
  type Run,
  type RunSetup,
} from '../support/run-machine.ts';

const ask = (fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: { FunctionName: '${AskFunctionArn}', Payload: { 'taskToken.$': '$$.Task.Token' } },
  TimeoutSecondsPath: '$.gate.delaySeconds',
  ...fields,
});

const tell = (fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:sfn:sendTaskSuccess',
  TimeoutSeconds: 60,
  Parameters: { 'TaskToken.$': '$.token', Output: '{"by":"a person"}' },
  ...fields,
});

const typesOf = ({ events }: Run) => events.map(({ type }) => type);
const waiting = (delaySeconds: unknown, handlers: RunSetup['handlers'] = { Ask: () => ({}) }): RunSetup => ({
  input: { gate: { delaySeconds } },
  handlers,
});

describe('TimeoutSecondsPath', () => {
  it('is read from the input of the state, whatever its Parameters are', async () => {
    const ended = await runMachine(withCaught(ask(caughtAs('States.Timeout'))), waiting(90));

    expect(ended.seconds).toBe(90);
    expect(ended.result).toMatchObject({ output: { gate: { delaySeconds: 90 }, error: { Error: 'States.Timeout' } } });
    expect(typesOf(ended)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskTimedOut',
      'TaskStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('counts anew for each attempt', async () => {
    const retry = { Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 5, MaxAttempts: 1 }] };
    const ended = await runMachine(only(ask(retry)), waiting(60));

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(ended.seconds).toBe(125);
  });

  it('holds for a function and for what fails before it too', async () => {
    const slow = {
      Poll: () => new Promise((resolve) => setTimeout(resolve, 50_000)),
    };
    const limited = { TimeoutSeconds: undefined, TimeoutSecondsPath: '$.gate.delaySeconds' };
    const broken = waiting(60, {
      Ask: () => {
        throw namedError('LedgerConflictError');
      },
    });

    expect((await runMachine(only(poll(limited)), waiting(40, slow))).result).toMatchObject({
      error: 'States.Timeout',
    });
    expect((await runMachine(only(poll(limited)), waiting(60, slow))).result).toMatchObject({ status: 'SUCCEEDED' });
    expect((await runMachine(only(ask()), broken)).result).toMatchObject({ error: 'LedgerConflictError' });
  });

  it.each([0, -1, 1.5, '60', undefined])('that selects %j fails the execution, uncaught', async (delaySeconds) => {
    const ended = await runMachine(withCaught(ask(caughtAs('States.ALL'))), waiting(delaySeconds));

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(ended.calls).toEqual([]);
  });
});

describe('sendTaskSuccess as a state', () => {
  /** Two executions under one roof: one asks, and 20 s later the other answers with the token that `choose` makes. */
  const asked = (choose: (token: string) => string, shared = new TaskTokens()) =>
    withVirtualTime({ startMs: START_MS, seed: 1 }, async () => {
      let token = '';
      const handlers = {
        Ask: (event: unknown) => {
          const { taskToken } = { taskToken: undefined, ...Object(event) };
          token = String(taskToken);
          return Promise.resolve({});
        },
      };
      const machines = compileMachines(
        {
          asking: only(ask({ TimeoutSecondsPath: undefined, TimeoutSeconds: 60 })),
          telling: machineOf({
            Tell: { ...tell(), ...caughtAs('States.ALL'), ResultPath: '$.told', End: true },
            Caught: { Type: 'Pass', End: true },
          }),
        },
        { validate: false },
      );
      const asking = startExecution({ machines, machine: 'asking', name: 'a', input: {}, handlers, tokens: shared });
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      const telling = startExecution({
        machines,
        machine: 'telling',
        name: 'b',
        input: { token: choose(token) },
        handlers,
        tokens: shared,
      });
      return { told: await telling.result, asked: await asking.result };
    });

  it('answers the task of another execution with the JSON of its Output', async () => {
    const ended = await asked((token) => token);

    expect(ended.told).toMatchObject({ status: 'SUCCEEDED', output: { told: {} } });
    expect(ended.asked).toMatchObject({ status: 'SUCCEEDED', output: { by: 'a person' } });
    expect(ended.asked.endedAtMs).toBe(START_MS + 20_000);
  });

  it('fails in the words of the SDK for a token that nobody gave', async () => {
    const ended = await asked(() => 'AAAA');

    expect(ended.told).toMatchObject({ output: { error: { Error: 'Sfn.InvalidTokenException' } } });
    expect(ended.asked).toMatchObject({ error: 'States.Timeout' });
  });

  it('fails for a task that has timed out', async () => {
    const shared = new TaskTokens();
    void shared.open('AAAA');
    shared.close('AAAA');

    expect((await asked(() => 'AAAA', shared)).told).toMatchObject({
      output: { error: { Error: 'Sfn.TaskTimedOutException' } },
    });
  });

  it('is a task of five events that calls no function', async () => {
    const ended = await runMachine(withCaught(tell(caughtAs('States.ALL'))), { input: { token: 'AAAA' } });

    expect(typesOf(ended).filter((type) => type.startsWith('Task'))).toEqual([
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskFailed',
      'TaskStateExited',
    ]);
    expect(ended.meter.total.taskCalls).toBe(0);
  });
});
