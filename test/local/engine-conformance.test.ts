/** What Step Functions does, state by state, and the local adapter with it (engine.md sections 1, 2 and F2). */
import {
  type Fields,
  machineOf,
  namedError,
  only,
  poll,
  runMachine,
  type RunSetup,
  sleepSeconds,
  timesOf,
  typesOf,
} from '../support/run-machine.ts';

const run = (state: Fields, setup: RunSetup = {}) => runMachine(only(state), setup);

const output = async (state: Fields, input: unknown, setup: RunSetup = {}): Promise<unknown> => {
  const { result } = await run(state, { ...setup, input });
  return result.status === 'SUCCEEDED' ? result.output : result;
};

const failing = (...names: string[]): RunSetup => ({
  handlers: {
    Poll: (_event, number) => {
      const name = names[number - 1];
      if (name !== undefined) {
        throw namedError(name);
      }
      return 'done';
    },
  },
});

const always = (name: string) => failing(...Array.from({ length: 50 }, () => name));

describe('Retry', () => {
  it('makes MaxAttempts further attempts, each BackoffRate times later', async () => {
    const retry = { ErrorEquals: ['Busy'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 3 };
    const ended = await run(poll({ Retry: [retry] }), always('Busy'));

    expect(timesOf(ended, 'Poll')).toEqual([0, 2, 8, 26]);
    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'Busy' });
  });

  it('waits no longer than MaxDelaySeconds', async () => {
    const retry = { ErrorEquals: ['Busy'], IntervalSeconds: 5, BackoffRate: 2, MaxAttempts: 4, MaxDelaySeconds: 12 };
    const ended = await run(poll({ Retry: [retry] }), always('Busy'));

    expect(timesOf(ended, 'Poll')).toEqual([0, 5, 15, 27, 39]);
  });

  it('by default makes three attempts after 1, 2 and 4 seconds', async () => {
    const ended = await run(poll({ Retry: [{ ErrorEquals: ['Busy'] }] }), always('Busy'));

    expect(timesOf(ended, 'Poll')).toEqual([0, 1, 3, 7]);
  });

  it('counts each retrier by itself and takes the first that matches', async () => {
    const busy = { ErrorEquals: ['Busy'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 1 };
    const all = { ErrorEquals: ['States.ALL'], IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 2 };
    const ended = await run(poll({ Retry: [busy, all] }), failing('Busy', 'Lost', 'Lost'));

    expect(timesOf(ended, 'Poll')).toEqual([0, 1, 11, 21]);
    expect(ended.result).toMatchObject({ status: 'SUCCEEDED', output: 'done' });
  });

  it('does not go on to a later retrier when the first that matches is used up', async () => {
    const none = { ErrorEquals: ['Busy'], MaxAttempts: 0 };
    const ended = await run(poll({ Retry: [none, { ErrorEquals: ['States.ALL'] }] }), always('Busy'));

    expect(timesOf(ended, 'Poll')).toEqual([0]);
  });

  it('starts to count afresh when the state is entered again', async () => {
    const retry = { ErrorEquals: ['Busy'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 1 };
    const again = { Type: 'Choice', Choices: [{ Variable: '$', StringEquals: 'done', Next: 'End' }], Default: 'Poll' };
    const definition = machineOf({
      Poll: { ...poll({ Retry: [retry], Next: 'Again' }) },
      Again: again,
      End: { Type: 'Succeed' },
    });
    const handlers = {
      Poll: (_event: unknown, number: number) => {
        if (number % 2 === 1) {
          throw namedError('Busy');
        }
        return number < 6 ? 'not yet' : 'done';
      },
    };

    expect((await runMachine(definition, { handlers })).result.status).toBe('SUCCEEDED');
  });

  it('with FULL jitter waits between nothing and the backoff, by the seed', async () => {
    const retry = {
      ErrorEquals: ['Busy'],
      IntervalSeconds: 10,
      BackoffRate: 2,
      MaxAttempts: 6,
      MaxDelaySeconds: 60,
      JitterStrategy: 'FULL',
    };
    const delays = async (seed: number) => {
      const times = timesOf(await run(poll({ Retry: [retry] }), { ...always('Busy'), seed }), 'Poll');
      return times.slice(1).map((time, index) => time - (times[index] ?? 0));
    };
    const first = await delays(1);

    first.forEach((delay, index) => {
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(Math.min(60, 10 * 2 ** index));
    });
    expect(await delays(1)).toEqual(first);
    expect(await delays(2)).not.toEqual(first);
  });

  it('takes States.TaskFailed for every error but States.Timeout', async () => {
    const retry = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const failed = await run(poll({ Retry: retry }), failing('Busy'));
    const timedOut = await run(poll({ Retry: retry, TimeoutSeconds: 5 }), {
      handlers: { Poll: () => sleepSeconds(9) },
    });

    expect(failed.result.status).toBe('SUCCEEDED');
    expect(timesOf(timedOut, 'Poll')).toEqual([0]);
    expect(timedOut.result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });
});

describe('Catch', () => {
  const caught = async (catchers: Fields[], setup: RunSetup, fields: Fields = {}) => {
    const rest = { First: { Type: 'Pass', End: true }, Second: { Type: 'Pass', Result: 'second', End: true } };
    return await runMachine(machineOf({ Poll: poll({ Catch: catchers, Next: 'Second', ...fields }), ...rest }), setup);
  };

  it('keeps the input and puts Error and Cause under its ResultPath', async () => {
    const { result } = await caught([{ ErrorEquals: ['Busy'], ResultPath: '$.failures.poll', Next: 'First' }], {
      ...failing('Busy'),
      input: { jobID: 'mgnjob-1', failures: { start: 'none' } },
    });
    const cause = JSON.stringify({ errorType: 'Busy', errorMessage: 'it failed', trace: [] });

    expect(result).toMatchObject({
      output: { jobID: 'mgnjob-1', failures: { start: 'none', poll: { Error: 'Busy', Cause: cause } } },
    });
  });

  it('takes the first catcher that matches, after the retries are used up', async () => {
    const catchers = [
      { ErrorEquals: ['Lost'], ResultPath: '$.error', Next: 'First' },
      { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Second' },
    ];
    const ended = await caught(catchers, always('Busy'), { Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 2 }] });

    expect(timesOf(ended, 'Poll')).toHaveLength(3);
    expect(ended.result).toMatchObject({ output: 'second' });
  });

  it('puts an empty Cause beside States.Timeout', async () => {
    const { result } = await caught(
      [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'First' }],
      { handlers: { Poll: () => sleepSeconds(9) } },
      { TimeoutSeconds: 5 },
    );

    expect(result).toMatchObject({ output: { error: { Error: 'States.Timeout', Cause: '' } } });
  });

  it('does not see States.Runtime: a path that leads nowhere fails the execution', async () => {
    const ended = await caught([{ ErrorEquals: ['States.ALL'], Next: 'First' }], failing(), { InputPath: '$.missing' });

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(ended.calls).toEqual([]);
  });
});

describe('Choice', () => {
  const chosen = (choices: Fields[], input: unknown) =>
    runMachine(
      machineOf({
        Ask: { Type: 'Choice', Choices: choices, Default: 'Neither' },
        Yes: { Type: 'Pass', Result: 'yes', End: true },
        No: { Type: 'Pass', Result: 'no', End: true },
        Neither: { Type: 'Pass', Result: 'neither', End: true },
      }),
      { input },
    ).then(({ result }) => (result.status === 'SUCCEEDED' ? result.output : result.error));

  it('takes the first choice that matches and Default when none does', async () => {
    const choices = [
      { Variable: '$.n', NumericGreaterThan: 5, Next: 'Yes' },
      { Variable: '$.n', NumericGreaterThan: 1, Next: 'No' },
    ];

    expect(await chosen(choices, { n: 9 })).toBe('yes');
    expect(await chosen(choices, { n: 2 })).toBe('no');
    expect(await chosen(choices, { n: 1 })).toBe('neither');
  });

  it('knows And, Or, Not, IsPresent and comparison with another path', async () => {
    const here = { Variable: '$.done', IsPresent: true };
    const choices = [
      { And: [here, { Variable: '$.done', BooleanEquals: true }], Next: 'Yes' },
      { Or: [{ Not: here }, { Variable: '$.a', StringEqualsPath: '$.b' }], Next: 'No' },
    ];

    expect(await chosen(choices, { done: true })).toBe('yes');
    expect(await chosen(choices, {})).toBe('no');
    expect(await chosen(choices, { done: false, a: 'x', b: 'x' })).toBe('no');
    expect(await chosen(choices, { done: false, a: 'x', b: 'y' })).toBe('neither');
  });

  it('fails with States.NoChoiceMatched without a Default', async () => {
    const ended = await runMachine(
      machineOf({
        Ask: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'Yes' }] },
        Yes: { Type: 'Succeed' },
      }),
      { input: { n: 2 } },
    );

    expect(ended.result).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });
});

describe('Map', () => {
  const aMap = (fields: Fields = {}, task: Fields = {}): Fields => ({
    Type: 'Map',
    ItemsPath: '$.items',
    ItemProcessor: { StartAt: 'Poll', States: { Poll: poll({ End: true, ...task }) } },
    ...fields,
  });
  const items = (count: number) => ({ items: Array.from({ length: count }, (_, index) => index) });
  const slowerFirst: RunSetup = {
    handlers: {
      Poll: async (event) => {
        await sleepSeconds(10 - Number(event));
        return `item ${String(event)}`;
      },
    },
  };

  it('gives the outputs in the order of the items, whichever ends first', async () => {
    expect(await output(aMap(), items(3), slowerFirst)).toEqual(['item 0', 'item 1', 'item 2']);
  });

  it.each([
    { named: 3, count: 7, atOnce: 3 },
    { named: 0, count: 100, atOnce: 40 },
    { named: 60, count: 100, atOnce: 40 },
  ])(
    'runs at most $atOnce of $count iterations at once with MaxConcurrency $named',
    async ({ named, count, atOnce }) => {
      const handlers = { Poll: () => sleepSeconds(1) };
      const ended = await run(aMap({ MaxConcurrency: named }), { input: items(count), handlers });

      expect(timesOf(ended, 'Poll').filter((time) => time === 0)).toHaveLength(atOnce);
      expect(ended.seconds).toBe(Math.ceil(count / atOnce));
    },
  );

  it("selects each iteration's input from the item, its index and the state's own input", async () => {
    const selector = { 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'wave.$': '$.wave', fixed: 1 };
    const ended = await run(aMap({ ItemSelector: selector }), {
      input: { items: ['a', 'b'], wave: 'w' },
      handlers: { Poll: (event) => event },
    });

    expect(ended.result).toMatchObject({
      output: [
        { item: 'a', index: 0, wave: 'w', fixed: 1 },
        { item: 'b', index: 1, wave: 'w', fixed: 1 },
      ],
    });
  });

  it('gives an empty list for no items', async () => {
    expect(await output(aMap(), items(0), slowerFirst)).toEqual([]);
  });

  it('cannot make sense of items that are no list', async () => {
    const definition = aMap({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Only' }] });

    expect(await output(definition, { items: 'a' }, slowerFirst)).toMatchObject({ error: 'States.Runtime' });
  });

  it('after one failed iteration starts no other and hears no sibling, as its Catch goes on', async () => {
    const retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 5, MaxAttempts: 9 }];
    const definition = machineOf({
      Each: aMap(
        { MaxConcurrency: 3, Catch: [{ ErrorEquals: ['Broken'], ResultPath: '$.error', Next: 'Rest' }], Next: 'Rest' },
        { Retry: retry },
      ),
      Rest: { Type: 'Wait', Seconds: 600, End: true },
    });
    const perform = async (event: unknown) => {
      await sleepSeconds(2);
      throw namedError(event === 1 ? 'Broken' : 'Busy');
    };
    const ended = await runMachine(definition, { input: items(7), handlers: { Poll: perform } });

    expect(ended.calls.map(({ event }) => event)).toEqual([0, 1, 2]);
    expect(ended.result).toMatchObject({ status: 'SUCCEEDED', output: { error: { Error: 'Broken' } } });
    expect(typesOf(ended)).toEqual(
      expect.arrayContaining(['MapIterationFailed', 'MapIterationAborted', 'TaskStateAborted']),
    );
    expect(ended.events.filter(({ type }) => type === 'MapIterationAborted')).toHaveLength(2);
  });
});

describe('Parallel', () => {
  const branch = (name: string): Fields => ({
    StartAt: name,
    States: { [name]: poll({ Parameters: { name }, End: true }) },
  });
  const both = {
    Type: 'Parallel',
    Branches: [branch('Left'), branch('Right')],
    Catch: [{ ErrorEquals: ['Broken'], ResultPath: '$.error', Next: 'Rest' }],
    Next: 'Rest',
  };
  const definition = machineOf({ Both: both, Rest: { Type: 'Wait', Seconds: 60, End: true } });

  it('runs all branches on its input at once and lists their outputs in order', async () => {
    const handlers = { Poll: (event: unknown, number: number) => sleepSeconds(10 - number).then(() => event) };
    const ended = await runMachine(definition, { handlers });

    expect(timesOf(ended, 'Poll')).toEqual([0, 0]);
    expect(ended.result).toMatchObject({ output: [{ name: 'Left' }, { name: 'Right' }] });
  });

  it('fails as soon as one branch fails', async () => {
    const handlers = {
      Poll: async (_event: unknown, number: number) => {
        await sleepSeconds(number === 1 ? 50 : 3);
        throw namedError(number === 1 ? 'Late' : 'Broken');
      },
    };
    const ended = await runMachine(definition, { handlers });

    expect(ended.result).toMatchObject({ status: 'SUCCEEDED', output: { error: { Error: 'Broken' } } });
    expect(ended.seconds).toBe(63);
  });
});

describe('Wait', () => {
  it.each([
    { wait: { Seconds: 30 }, seconds: 30 },
    { wait: { SecondsPath: '$.delay' }, seconds: 45 },
    { wait: { Timestamp: '2026-01-01T00:02:00Z' }, seconds: 120 },
    { wait: { TimestampPath: '$.until' }, seconds: 3600 },
    { wait: { SecondsPath: '$.none' }, seconds: 0 },
  ])('lasts $seconds s by $wait', async ({ wait, seconds }) => {
    const input = { delay: 45, none: 0, until: '2026-01-01T01:00:00Z' };
    const ended = await run({ Type: 'Wait', ...wait }, { input });

    expect(ended.seconds).toBe(seconds);
    expect(ended.result).toMatchObject({ output: input });
  });
});

describe('Fail', () => {
  it.each([
    { fail: { Error: 'Refused', Cause: 'not ready' }, error: 'Refused', cause: 'not ready' },
    { fail: { ErrorPath: '$.error', CausePath: '$.cause' }, error: 'E', cause: 'C' },
  ])('fails the execution by $fail', async ({ fail, error, cause }) => {
    const ended = await runMachine(machineOf({ Stop: { Type: 'Fail', ...fail } }), {
      input: { error: 'E', cause: 'C' },
    });

    expect(ended.result).toMatchObject({ status: 'FAILED', error, cause });
    expect(typesOf(ended)).toEqual(['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed']);
  });
});
