/** An execution as a whole: how tasks fail, what it may hold, and that a seed decides everything. */
import { createHash } from 'node:crypto';
import { startExecution } from '../../local/execution.ts';
import type { TaskHandler } from '../../local/lambda-context.ts';
import { compileMachines } from '../../local/machines.ts';
import { withVirtualTime } from '../../local/virtual-time.ts';
import {
  caughtAs,
  machineOf,
  namedError,
  only,
  poll,
  runMachine,
  type RunSetup,
  sleepSeconds,
  throwing,
  timesOf,
  withCaught,
} from '../support/run-machine.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

expectNoUnhandledRejections();

describe('a failing task', () => {
  it.each([
    {
      thrown: namedError('LaunchFailedError', 'no capacity'),
      error: 'LaunchFailedError',
      cause: { errorType: 'LaunchFailedError', errorMessage: 'no capacity', trace: [] },
    },
    {
      thrown: new TypeError('x is undefined'),
      error: 'TypeError',
      cause: { errorType: 'TypeError', errorMessage: 'x is undefined', trace: [] },
    },
    { thrown: 'plain text', error: 'string', cause: { errorType: 'string', errorMessage: 'plain text', trace: [] } },
  ])('fails as a Lambda function does: $error', async ({ thrown, error, cause }) => {
    const { result } = await runMachine(only(poll()), throwing(thrown));

    expect(result).toMatchObject({ status: 'FAILED', error, cause: JSON.stringify(cause) });
  });

  it('can stand for a failure of Lambda itself', async () => {
    const { result } = await runMachine(only(poll()), throwing(namedError('Lambda.Unknown', 'out of memory')));

    expect(result).toMatchObject({ error: 'Lambda.Unknown', cause: 'out of memory' });
  });

  it('ends in null when it answers nothing', async () => {
    const { result } = await runMachine(only(poll()), { handlers: { Poll: () => undefined } });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: null });
  });
});

describe('the history', () => {
  it('tells each attempt between the entry and the exit of its state, also in a loop', async () => {
    const retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 5, MaxAttempts: 2 }];
    const definition = machineOf({
      Pause: { Type: 'Wait', Seconds: 30, Next: 'Poll' },
      Poll: poll({ Retry: retry, Next: 'HasEnded' }),
      HasEnded: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 3, Next: 'Done' }], Default: 'Pause' },
      Done: { Type: 'Succeed' },
    });
    const handlers = {
      Poll: (_event: unknown, number: number) => {
        if (number === 2) {
          throw namedError('Busy');
        }
        return number;
      },
    };
    const { events } = await runMachine(definition, { handlers });
    const told = events.map((event) => `${event.type}${'attempt' in event ? ` ${event.attempt}` : ''}`);
    const attempt = (number: number, end: string) => [
      `LambdaFunctionScheduled ${number}`,
      `LambdaFunctionStarted ${number}`,
      `LambdaFunction${end} ${number}`,
    ];
    const cycle = (...attempts: string[]) => [
      'WaitStateEntered',
      'WaitStateExited',
      'TaskStateEntered',
      ...attempts,
      'TaskStateExited',
      'ChoiceStateEntered',
      'ChoiceStateExited',
    ];

    expect(told).toEqual([
      'ExecutionStarted',
      ...cycle(...attempt(1, 'Succeeded')),
      ...cycle(...attempt(1, 'Failed'), ...attempt(2, 'Succeeded')),
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map((_event, index) => index + 1));
  });
});

describe('the payload limit of 256 KiB', () => {
  const text = (bytes: number) => 'x'.repeat(bytes - 2);
  const answering = (value: unknown): RunSetup => ({ handlers: { Poll: () => value } });

  it('holds to the byte for a result, which States.DataLimitExceeded catches', async () => {
    const definition = withCaught(poll({ ...caughtAs('States.DataLimitExceeded') }));
    const within = await runMachine(definition, answering(text(262_144)));
    const over = await runMachine(definition, answering(text(262_145)));

    expect(within.result).toMatchObject({ status: 'SUCCEEDED', output: text(262_144) });
    expect(over.result).toMatchObject({ output: { error: { Error: 'States.DataLimitExceeded' } } });
  });

  it('holds for what Parameters make of the input: the function is not called', async () => {
    const parameters = { 'a.$': '$.text', 'b.$': '$.text' };
    const definition = withCaught(poll({ Parameters: parameters, ...caughtAs('States.DataLimitExceeded') }));
    const ended = await runMachine(definition, { ...answering(1), input: { text: text(200_000) } });

    expect(ended.calls).toEqual([]);
    expect(ended.result).toMatchObject({
      status: 'SUCCEEDED',
      output: { error: { Error: 'States.DataLimitExceeded' } },
    });
  });

  it('holds for a state whose result and input together are too large: the execution fails there', async () => {
    const definition = machineOf({
      First: poll({ ResultPath: '$.more', Next: 'Second' }),
      Second: poll({ End: true }),
    });
    const ended = await runMachine(definition, { ...answering(text(200_000)), input: { text: text(100_000) } });

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(timesOf(ended, 'Poll')).toHaveLength(1);
  });

  it('holds for the input of the execution', async () => {
    const ended = await runMachine(only(poll()), { ...answering(1), input: { text: text(262_144) } });

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(ended.calls).toEqual([]);
  });

  it('holds for the outputs of a Map together', async () => {
    const each = {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: { StartAt: 'Poll', States: { Poll: poll({ End: true }) } },
    };
    const definition = withCaught({ ...each, ...caughtAs('States.DataLimitExceeded') });
    const ended = await runMachine(definition, { ...answering(text(100_000)), input: { items: [1, 2, 3] } });

    expect(ended.result).toMatchObject({ output: { error: { Error: 'States.DataLimitExceeded' } } });
  });
});

describe('the history limit of 25,000 events', () => {
  it('fails an execution that goes round for ever', async () => {
    const definition = machineOf({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } });
    const ended = await runMachine(definition);

    expect(ended.result).toMatchObject({ status: 'FAILED', cause: 'The history has reached 25000 events.' });
    expect(ended.events).toHaveLength(25_000);
  });
});

describe('what a function is told', () => {
  it("is its own name, a request ID per call, and how long it has left of the task's timeout", async () => {
    const seen: unknown[] = [];
    const Poll: TaskHandler = async (_event, context) => {
      const atFirst = context.getRemainingTimeInMillis();
      await sleepSeconds(4);
      seen.push([
        context.functionName,
        context.invokedFunctionArn,
        atFirst,
        context.getRemainingTimeInMillis(),
        context.awsRequestId,
      ]);
      return null;
    };
    const machines = compileMachines(
      { main: machineOf({ First: poll({ Next: 'Second' }), Second: poll({ End: true }) }) },
      { validate: false },
    );
    const night = () =>
      withVirtualTime(
        { startMs: 0, seed: 1 },
        (time) =>
          startExecution({ machines, machine: 'main', name: 'night', input: {}, handlers: { Poll }, time }).result,
      );
    await night();
    await night();

    const [first, second, again] = seen;
    const uuid: unknown = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
    expect(first).toEqual(['Poll', 'arn:aws:lambda:us-east-1:000000000000:function:Poll', 60_000, 56_000, uuid]);
    expect(second).not.toEqual(first);
    expect(again).toEqual(first);
  });

  it('and its machine is what the context object says: the execution and the state machine', async () => {
    const parameters = {
      'id.$': '$$.Execution.Id',
      'name.$': '$$.Execution.Name',
      'at.$': '$$.Execution.StartTime',
      'machine.$': '$$.StateMachine.Name',
    };
    const ended = await runMachine(only({ Type: 'Pass', Parameters: parameters }));

    expect(ended.result).toMatchObject({
      output: {
        id: 'arn:aws:states:us-east-1:000000000000:execution:main:night',
        name: 'night',
        at: '2026-01-01T00:00:00.000Z',
        machine: 'main',
      },
    });
  });
});

describe('startExecution', () => {
  const machines = compileMachines({ main: only(poll()) }, { validate: false });
  const options = { machines, machine: 'main', name: 'night', input: {}, handlers: { Poll: () => Promise.resolve(1) } };

  it('refuses a machine it does not know, a name that is none, and a task without its handler', () => {
    expect(() => startExecution({ ...options, machine: 'other' })).toThrow("There is no state machine 'other'.");
    expect(() => startExecution({ ...options, name: 'a wave' })).toThrow("'a wave' is not 1 to 80 characters");
    expect(() => startExecution({ ...options, handlers: {} })).toThrow('No handler is given for Poll.');
  });

  it('tells two executions of one name apart by their IDs, and no more than by those', async () => {
    const parameters = { 'id.$': '$$.Execution.Id', 'name.$': '$$.Execution.Name' };
    const named = compileMachines({ main: only({ Type: 'Pass', Parameters: parameters }) }, { validate: false });
    const one = startExecution({ ...options, machines: named, unique: 'a' });
    const other = startExecution({ ...options, machines: named, unique: 'b' });
    const arn = 'arn:aws:states:us-east-1:000000000000:execution:main:night';

    expect([one.executionArn, other.executionArn]).toEqual([`${arn}:a`, `${arn}:b`]);
    expect(await one.result).toMatchObject({ output: { id: `${arn}:a`, name: 'night' } });
    expect(await other.result).toMatchObject({ output: { id: `${arn}:b`, name: 'night' } });
  });

  it('rejects with what the listener threw', async () => {
    const onEvent = () => {
      throw new Error('screen gone');
    };

    await expect(startExecution({ ...options, onEvent }).result).rejects.toThrow('screen gone');
  });
});

describe('a seed', () => {
  const retry = [
    {
      ErrorEquals: ['Busy'],
      IntervalSeconds: 5,
      BackoffRate: 2,
      MaxAttempts: 20,
      MaxDelaySeconds: 60,
      JitterStrategy: 'FULL',
    },
  ];
  const states = {
    Pause: { Type: 'Wait', Seconds: 30, Next: 'Poll' },
    Poll: poll({ Retry: retry, Next: 'Done' }),
    Done: { Type: 'Pass', Parameters: { 'id.$': 'States.UUID()' }, End: true },
  };
  const each = {
    Type: 'Map',
    ItemsPath: '$.items',
    MaxConcurrency: 4,
    ItemProcessor: { StartAt: 'Pause', States: states },
  };
  const digest = async (seed: number) => {
    const handlers = {
      Poll: () => {
        if (Math.random() < 0.5) {
          throw namedError('Busy');
        }
        return Math.random();
      },
    };
    const { events } = await runMachine(only(each), { input: { items: [1, 2, 3, 4, 5, 6, 7, 8] }, handlers, seed });
    return createHash('sha256').update(JSON.stringify(events)).digest('hex');
  };

  it('decides every event, and another seed decides otherwise', async () => {
    const first = await digest(11);

    expect(await digest(11)).toBe(first);
    expect(await digest(12)).not.toBe(first);
  });
});
