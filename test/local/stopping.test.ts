/** What ends a task or an execution before its time: timeouts and stop. Afterwards nothing starts and nothing is heard. */
import { startExecution } from '../../local/execution.ts';
import { compileMachines } from '../../local/machines.ts';
import {
  caughtAs,
  type Fields,
  machineOf,
  namedError,
  only,
  poll,
  runMachine,
  type RunSetup,
  sleepSeconds,
  throwing,
  timesOf,
  typesOf,
} from '../support/run-machine.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

expectNoUnhandledRejections();

describe('a task that takes too long', () => {
  const slow: RunSetup = { handlers: { Poll: () => sleepSeconds(90) } };

  it('fails with States.Timeout after TimeoutSeconds, and its late answer is not heard', async () => {
    const late = { Type: 'Wait', Seconds: 100, Next: 'Last' };
    const states = {
      Only: poll({ ...caughtAs('States.Timeout'), Next: 'Last' }),
      Caught: late,
      Last: { Type: 'Pass', End: true },
    };
    const ended = await runMachine(machineOf(states), slow);

    expect(ended.result).toMatchObject({ status: 'SUCCEEDED', output: { error: { Error: 'States.Timeout' } } });
    expect(ended.seconds).toBe(160);
    expect(typesOf(ended)).toContain('LambdaFunctionTimedOut');
    expect(typesOf(ended)).not.toContain('LambdaFunctionSucceeded');
  });

  it('is retried after the timeout, once the first attempt is over', async () => {
    const retry = [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 5, MaxAttempts: 1 }];
    const ended = await runMachine(only(poll({ Retry: retry })), slow);

    expect(timesOf(ended, 'Poll')).toEqual([0, 65]);
    expect(ended.meter.total).toMatchObject({ historyEvents: 1 + 1 + 3 + 3 + 1, retries: 1 });
  });

  it('may take its timeout from the input', async () => {
    const state = { ...poll({ TimeoutSecondsPath: '$.seconds' }), TimeoutSeconds: undefined };
    const ended = await runMachine(only(state), { ...slow, input: { seconds: 7 } });

    expect(ended.seconds).toBe(7);
  });

  it('is not given up after a minute when it names no timeout', async () => {
    const ended = await runMachine(only({ ...poll(), TimeoutSeconds: undefined }), slow);

    expect(ended.result.status).toBe('SUCCEEDED');
    expect(ended.seconds).toBe(90);
  });
});

describe("the machine's own TimeoutSeconds", () => {
  it('ends the execution as TIMED_OUT and lets nothing start any more', async () => {
    const retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 20, BackoffRate: 1, MaxAttempts: 50 }];
    const ended = await runMachine(only(poll({ Retry: retry, ...caughtAs('States.ALL') }), { TimeoutSeconds: 70 }), {
      ...throwing(namedError('Busy')),
      act: async () => {
        await sleepSeconds(500);
      },
    });

    expect(ended.result).toMatchObject({ status: 'TIMED_OUT' });
    expect(ended.seconds).toBe(70);
    expect(timesOf(ended, 'Poll')).toEqual([0, 20, 40, 60]);
    expect(typesOf(ended).slice(-2)).toEqual(['TaskStateAborted', 'ExecutionTimedOut']);
  });
});

describe('stop', () => {
  const stopAfter =
    (seconds: number): NonNullable<RunSetup['act']> =>
    async (running) => {
      await sleepSeconds(seconds);
      running.stop('Operator', 'wrong wave');
      await sleepSeconds(1000);
    };
  const stopped = { status: 'ABORTED', error: 'Operator', cause: 'wrong wave' };

  it('during the backoff of a Retry: no further call', async () => {
    const retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 50, MaxAttempts: 9 }];
    const ended = await runMachine(only(poll({ Retry: retry })), {
      ...throwing(namedError('Busy')),
      act: stopAfter(10),
    });

    expect(timesOf(ended, 'Poll')).toEqual([0]);
    expect(ended.result).toMatchObject(stopped);
    expect(ended.seconds).toBe(10);
  });

  it('during a call: what it answers is not heard, and the next state is not reached', async () => {
    const definition = machineOf({ First: poll({ Next: 'Second' }), Second: poll({ End: true }) });
    const ended = await runMachine(definition, { handlers: { Poll: () => sleepSeconds(30) }, act: stopAfter(10) });

    expect(timesOf(ended, 'Poll')).toEqual([0]);
    expect(ended.result).toMatchObject(stopped);
    expect(typesOf(ended).slice(-2)).toEqual(['TaskStateAborted', 'ExecutionAborted']);
  });

  it('during a Wait, and within a Map with iterations still to start', async () => {
    const wait = { Pause: { Type: 'Wait', Seconds: 20, Next: 'Poll' }, Poll: poll({ End: true }) };
    const each = {
      Type: 'Map',
      ItemsPath: '$.items',
      MaxConcurrency: 2,
      ItemProcessor: { StartAt: 'Pause', States: wait },
    };
    const ended = await runMachine(only(each), {
      input: { items: [1, 2, 3, 4] },
      handlers: { Poll: () => null },
      act: stopAfter(30),
    });

    expect(timesOf(ended, 'Poll')).toEqual([20, 20]);
    expect(typesOf(ended).slice(-6)).toEqual([
      'WaitStateAborted',
      'WaitStateAborted',
      'MapIterationAborted',
      'MapIterationAborted',
      'MapStateAborted',
      'ExecutionAborted',
    ]);
  });

  it('after the end changes nothing', async () => {
    const ended = await runMachine(only(poll()), { handlers: { Poll: () => 1 }, act: stopAfter(10) });

    expect(ended.result).toMatchObject({ status: 'SUCCEEDED', output: 1 });
  });

  it('leaves no timer behind on real time', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const branch = (name: string, state: Fields): Fields => ({
      StartAt: name,
      States: { [name]: { ...state, End: true } },
    });
    const both = {
      Type: 'Parallel',
      Branches: [branch('Pause', { Type: 'Wait', Seconds: 600 }), branch('Poll', poll())],
    };
    const machines = compileMachines({ main: only(both, { TimeoutSeconds: 900 }) }, { validate: false });
    const before = timers();
    const handlers = { Poll: () => new Promise<never>(() => undefined) };
    const running = startExecution({ machines, machine: 'main', name: 'night', input: {}, handlers });
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBeGreaterThan(before);
    running.stop();

    expect(await running.result).toMatchObject({ status: 'ABORTED' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
