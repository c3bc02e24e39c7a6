/** Nested executions and callbacks, as Step Functions answers them. */
import type { RunningExecution } from '../../local/execution.ts';
import {
  type Fields,
  machineOf,
  namedError,
  only,
  poll,
  type Run,
  runMachine,
  type RunSetup,
  sleepSeconds,
  START_MS,
  typesOf,
} from '../support/run-machine.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

expectNoUnhandledRejections();

const child = only(poll(), { TimeoutSeconds: 40 });
const childArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:cutover-shift';
const executionOf = (name: string) => `arn:aws:states:us-east-1:000000000000:execution:cutover-shift:${name}`;

const start = (parameters: Fields = {}, fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Parameters: {
    StateMachineArn: '${CutoverShiftStateMachineArn}',
    Input: { 'batch.$': '$.batch', 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id' },
    ...parameters,
  },
  TimeoutSeconds: 3600,
  ...fields,
});

const runParent = (state: Fields, setup: RunSetup = {}): Promise<Run> =>
  runMachine(only(state), { input: { batch: 'b1' }, children: { 'cutover-shift': child }, ...setup });

const causeOf = ({ result }: Run): unknown => JSON.parse(result.status === 'FAILED' ? result.cause : '');

describe('startExecution.sync:2', () => {
  it("answers in DescribeExecution's shape, input and output as JSON", async () => {
    const ended = await runParent(start(), { handlers: { Poll: () => sleepSeconds(5).then(() => ({ launched: 3 })) } });

    expect(ended.result).toMatchObject({ status: 'SUCCEEDED' });
    expect(ended.result.status === 'SUCCEEDED' ? ended.result.output : undefined).toEqual({
      ExecutionArn: executionOf('night-cutover-shift-1'),
      Input: {
        batch: 'b1',
        AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn:aws:states:us-east-1:000000000000:execution:main:night',
      },
      InputDetails: { Included: true },
      Name: 'night-cutover-shift-1',
      Output: { launched: 3 },
      OutputDetails: { Included: true },
      StartDate: START_MS,
      StateMachineArn: childArn,
      Status: 'SUCCEEDED',
      StopDate: START_MS + 5000,
    });
  });

  it('starts the machine of a published version, and no other machine', async () => {
    const setup = { handlers: { Poll: () => null } };
    const ended = await runParent(start({ StateMachineArn: `${childArn}:3` }), setup);
    const elsewhere = await runParent(start({ StateMachineArn: childArn.replace('us-east-1', 'eu-west-1') }), setup);

    expect(ended.result).toMatchObject({ status: 'SUCCEEDED', output: { StateMachineArn: childArn } });
    expect(elsewhere.result).toMatchObject({ error: 'StepFunctions.StateMachineDoesNotExistException' });
  });

  it('fails with States.TaskFailed and a description of the failed child', async () => {
    const failed = {
      Poll: () => {
        throw namedError('LaunchFailedError', 'no capacity');
      },
    };
    const ended = await runParent(start(), { handlers: failed });

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(causeOf(ended)).toMatchObject({
      ExecutionArn: executionOf('night-cutover-shift-1'),
      Input: expect.stringContaining('"batch":"b1"'),
      Status: 'FAILED',
      Error: 'LaunchFailedError',
      Cause: JSON.stringify({ errorType: 'LaunchFailedError', errorMessage: 'no capacity', trace: [] }),
    });
  });

  it('says so when the child timed out', async () => {
    const ended = await runParent(start(), { handlers: { Poll: () => sleepSeconds(50) } });

    expect(causeOf(ended)).toMatchObject({ Status: 'TIMED_OUT' });
    expect(ended.seconds).toBe(40);
  });

  it('stops the child when the task times out', async () => {
    const ended = await runParent(start({}, { TimeoutSeconds: 10 }), { handlers: { Poll: () => sleepSeconds(30) } });
    const ends = ended.events.filter(({ machine }) => machine === 'cutover-shift').at(-1);

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(ends).toMatchObject({ type: 'ExecutionAborted', timestampMs: START_MS + 10_000 });
  });

  it('is stopped with its parent', async () => {
    const ended = await runParent(start(), {
      handlers: { Poll: () => sleepSeconds(30) },
      act: async (running) => {
        await sleepSeconds(7);
        running.stop();
      },
    });
    const ends = ended.events.filter(({ type }) => type === 'ExecutionAborted');

    expect(ends.map(({ machine }) => machine)).toEqual(['cutover-shift', 'main']);
  });

  it('names children by their parent, each differently, or as the state says', async () => {
    const each = (parameters: Fields): Fields => ({
      Type: 'Map',
      ItemsPath: '$.batches',
      ItemSelector: { 'batch.$': '$$.Map.Item.Value' },
      ItemProcessor: {
        StartAt: 'Start',
        States: { Start: start(parameters, { ResultSelector: { 'name.$': '$.Name' }, End: true }) },
      },
    });
    const setup = { input: { batches: ['a', 'b'] }, handlers: { Poll: () => null } };

    expect((await runParent({ ...each({}) }, setup)).result).toMatchObject({
      output: [{ name: 'night-cutover-shift-1' }, { name: 'night-cutover-shift-2' }],
    });
    expect((await runParent({ ...each({ 'Name.$': '$.batch' }) }, setup)).result).toMatchObject({
      output: [{ name: 'a' }, { name: 'b' }],
    });
  });

  it('refuses a name that has been used', async () => {
    const states = {
      First: start({ Name: 'same' }, { ResultPath: null, Next: 'Second' }),
      Second: start({ Name: 'same' }, { End: true }),
    };
    const ended = await runMachine(machineOf(states), {
      input: { batch: 'b1' },
      children: { 'cutover-shift': child },
      handlers: { Poll: () => null },
    });

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'StepFunctions.ExecutionAlreadyExistsException' });
  });

  it('refuses a machine that does not exist', async () => {
    const other = `${childArn}-2`;
    const ended = await runParent(start({ StateMachineArn: other }), { handlers: { Poll: () => null } });

    expect(ended.result).toMatchObject({ error: 'StepFunctions.StateMachineDoesNotExistException' });
  });
});

describe('waitForTaskToken', () => {
  const ask = (fields: Fields = {}): Fields => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: { FunctionName: '${AskFunctionArn}', Payload: { 'wave.$': '$.wave', 'taskToken.$': '$$.Task.Token' } },
    TimeoutSeconds: 600,
    ...fields,
  });

  /** Runs a machine that asks, and acts with the token of the first question once it has been asked. */
  const asked = (answer: (running: RunningExecution, token: string) => Promise<void> | void, fields: Fields = {}) => {
    const tokens: string[] = [];
    const setup: RunSetup = {
      input: { wave: 'w' },
      handlers: { Ask: (event) => void tokens.push(tokenIn(event)) },
      act: async (running) => {
        await sleepSeconds(20);
        await answer(running, tokens[0] ?? '');
      },
    };
    return runMachine(only(ask(fields)), setup);
  };

  const tokenIn = (event: unknown): string => {
    const { taskToken } = { taskToken: undefined, ...Object(event) };
    return String(taskToken);
  };

  it('gives the function its token and waits for SendTaskSuccess', async () => {
    const ended = await asked((running, token) => {
      running.sendTaskSuccess(token, { approved: true });
    });

    expect(ended.calls[0]?.event).toEqual({ wave: 'w', taskToken: expect.stringMatching(/^[\w+/=]{20,}$/) });
    expect(ended.result).toMatchObject({ status: 'SUCCEEDED', output: { approved: true } });
    expect(ended.seconds).toBe(20);
    expect(typesOf(ended)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails as SendTaskFailure says', async () => {
    const ended = await asked((running, token) => {
      running.sendTaskFailure(token, 'Refused', 'not tonight');
    });

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'not tonight' });
  });

  it('times out when nobody answers, and refuses the answer that comes after', async () => {
    const states = {
      Ask: ask({
        TimeoutSeconds: 60,
        Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Rest' }],
        Next: 'Rest',
      }),
      Rest: { Type: 'Wait', Seconds: 100, End: true },
    };
    const tokens: string[] = [];
    const ended = await runMachine(machineOf(states), {
      input: { wave: 'w' },
      handlers: { Ask: (event) => void tokens.push(tokenIn(event)) },
      act: async (running) => {
        await sleepSeconds(80);
        expect(() => {
          running.sendTaskSuccess(tokens[0] ?? '', 1);
        }).toThrow('does not exist any more');
      },
    });

    expect(ended.result).toMatchObject({ output: { error: { Error: 'States.Timeout' } } });
    expect(ended.seconds).toBe(160);
  });

  it('takes one answer only, and none for a token it never gave', async () => {
    await asked((running, token) => {
      const refused = (act: () => void): unknown => {
        try {
          act();
        } catch (error) {
          return error instanceof Error ? error.name : error;
        }
        return 'accepted';
      };
      const answer = (output: unknown, to = token) =>
        refused(() => {
          running.sendTaskSuccess(to, output);
        });

      expect(answer(1, 'AAAA')).toBe('InvalidToken');
      expect(answer('x'.repeat(300_000))).toBe('InvalidOutput');
      expect(answer(1)).toBe('accepted');
      expect(answer(1)).toBe('TaskTimedOut');
    });
  });

  it('gives every attempt a token of its own', async () => {
    const tokens: string[] = [];
    const retry = [{ ErrorEquals: ['Refused'], IntervalSeconds: 1, MaxAttempts: 1 }];
    await runMachine(only(ask({ Retry: retry })), {
      input: { wave: 'w' },
      handlers: { Ask: (event) => void tokens.push(tokenIn(event)) },
      act: async (running) => {
        await sleepSeconds(5);
        running.sendTaskFailure(tokens[0] ?? '', 'Refused', '');
        await sleepSeconds(5);
        running.sendTaskSuccess(tokens[1] ?? '', 1);
      },
    });

    expect(new Set(tokens).size).toBe(2);
  });
});
