/** The meter against the closed forms and recorded histories of engine.md section 2. */
import { type RunSetup, namedError, runMachine } from '../support/run-machine.ts';

type Fields = Record<string, unknown>;

const task = (handler: string, fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: `\${${handler}FunctionArn}`,
  TimeoutSeconds: 60,
  ...fields,
});

const machineOf = (states: Fields): Fields => ({ StartAt: Object.keys(states)[0], States: states });

const countsOf = async (states: Fields, setup: RunSetup = {}) =>
  (await runMachine(machineOf(states), setup)).meter.total;

/** Start a job, then poll it every 30 s until the last cycle: what one batch does. */
const batchStates: Fields = {
  Start: task('Start', { ResultPath: '$.job', Next: 'Pause' }),
  Pause: { Type: 'Wait', Seconds: 30, Next: 'Poll' },
  Poll: task('Poll', { ResultPath: '$.poll', Next: 'HasEnded' }),
  HasEnded: {
    Type: 'Choice',
    Choices: [{ Variable: '$.poll.hasEnded', BooleanEquals: true, Next: 'Note' }],
    Default: 'Pause',
  },
  Note: { Type: 'Pass', End: true },
};

const batchHandlers = (cycles: number): RunSetup['handlers'] => {
  const polls = new Map<string, number>();
  return {
    Start: () => ({ jobID: 'mgnjob-1' }),
    Poll: (event) => {
      const key = JSON.stringify(event).slice(0, 20);
      polls.set(key, (polls.get(key) ?? 0) + 1);
      return { hasEnded: polls.get(key) === cycles };
    },
  };
};

describe('HistoryMeter', () => {
  it.each([
    { what: 'a Wait', state: { Type: 'Wait', Seconds: 1, End: true }, historyEvents: 4, transitions: 1 },
    { what: 'a Pass', state: { Type: 'Pass', End: true }, historyEvents: 4, transitions: 1 },
    { what: 'a Succeed', state: { Type: 'Succeed' }, historyEvents: 4, transitions: 1 },
    { what: 'a Fail', state: { Type: 'Fail', Error: 'E' }, historyEvents: 3, transitions: 1 },
    { what: 'a Task', state: task('Answer', { End: true }), historyEvents: 7, transitions: 1 },
    { what: 'a Task that fails', state: task('Break', { End: true }), historyEvents: 6, transitions: 1 },
    {
      what: 'a Map of 8 Passes',
      state: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemProcessor: machineOf({ P: { Type: 'Pass', End: true } }),
        End: true,
      },
      historyEvents: 2 + 4 + 8 * 4,
      transitions: 9,
    },
    {
      what: 'a Parallel of 2 Passes',
      state: {
        Type: 'Parallel',
        Branches: [machineOf({ P: { Type: 'Pass', End: true } }), machineOf({ Q: { Type: 'Pass', End: true } })],
        End: true,
      },
      historyEvents: 2 + 4 + 2 * 2,
      transitions: 3,
    },
  ])(
    'counts $historyEvents events and $transitions transitions for $what',
    async ({ state, historyEvents, transitions }) => {
      const handlers = {
        Answer: () => 1,
        Break: () => {
          throw namedError('Broken');
        },
      };
      const input = { items: [1, 2, 3, 4, 5, 6, 7, 8] };

      expect(await countsOf({ Only: state }, { handlers, input })).toMatchObject({ historyEvents, transitions });
    },
  );

  it('counts 18 events for a Task with three retries, caught into a Pass: each retry is 3 events and a transition', async () => {
    const counts = await countsOf(
      {
        Only: task('Break', {
          Retry: [{ ErrorEquals: ['Broken'] }],
          Catch: [{ ErrorEquals: ['Broken'], ResultPath: '$.error', Next: 'Note' }],
          End: true,
        }),
        Note: { Type: 'Pass', End: true },
      },
      {
        handlers: {
          Break: () => {
            throw namedError('Broken');
          },
        },
      },
    );

    expect(counts).toMatchObject({ historyEvents: 18, transitions: 5, taskCalls: 4, retries: 3 });
  });

  it('counts 549 events, 182 transitions and 61 calls for one batch of 60 polls', async () => {
    const counts = await countsOf(batchStates, { handlers: batchHandlers(60) ?? {} });

    expect(counts).toMatchObject({ historyEvents: 2 + 5 + 60 * 9 + 2, transitions: 182, taskCalls: 61 });
  });

  it('counts 5,496 events and 1,821 transitions for a Map of ten such batches', async () => {
    const each = {
      Type: 'Map',
      ItemsPath: '$.batches',
      ItemSelector: { 'batch.$': '$$.Map.Item.Index' },
      ItemProcessor: machineOf(batchStates),
      End: true,
    };
    const counts = await countsOf(
      { Each: each },
      { input: { batches: Array(10).fill({}) }, handlers: batchHandlers(60) ?? {} },
    );

    expect(counts).toMatchObject({ historyEvents: 2 + 4 + 10 * 549, transitions: 1821, taskCalls: 610 });
  });

  it('keeps nested executions apart: 8 events for the parent, and the children their own', async () => {
    const nested = {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Parameters: { StateMachineArn: '${CutoverShiftStateMachineArn}' },
      TimeoutSeconds: 7200,
      End: true,
    };
    const { meter } = await runMachine(machineOf({ Batch: nested }), {
      children: { 'cutover-shift': machineOf(batchStates) },
      handlers: batchHandlers(60) ?? {},
    });

    expect(meter.executions).toMatchObject([
      { machine: 'main', historyEvents: 8, transitions: 1, taskCalls: 0 },
      { machine: 'cutover-shift', historyEvents: 549, transitions: 182, taskCalls: 61 },
    ]);
    expect(meter.total).toMatchObject({ historyEvents: 557, transitions: 183, taskCalls: 61 });
  });

  it('counts aborts too: a failing iteration adds two events for each sibling', async () => {
    const each = {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: machineOf({ Poll: task('Poll', { End: true }) }),
      End: true,
    };
    const handlers = {
      Poll: (event: unknown) => {
        if (event === 2) {
          throw namedError('Broken');
        }
        return new Promise(() => undefined);
      },
    };
    const failed = { start: 1, mapEnteredAndStarted: 2, broken: 6, siblings: 2 * (4 + 2), mapFailed: 1, end: 1 };
    const counts = await countsOf({ Each: each }, { input: { items: [1, 2, 3] }, handlers });

    expect(counts.historyEvents).toBe(Object.values(failed).reduce((sum, events) => sum + events));
  });

  it('finds the largest payload in bytes, wherever it passes', async () => {
    const states = {
      Big: task('Big', { ResultSelector: { 'length.$': 'States.ArrayLength($)' }, Next: 'Note' }),
      Note: { Type: 'Pass', End: true },
    };
    const list = ['ä'.repeat(500)];

    expect(await countsOf(states, { handlers: { Big: () => list } })).toMatchObject({ largestPayloadBytes: 1004 });
    expect(await countsOf({ Note: { Type: 'Pass', End: true } }, { input: list })).toMatchObject({
      largestPayloadBytes: 1004,
    });
  });
});
