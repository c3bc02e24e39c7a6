/** What goes into a state, what comes out, and where it goes next. */
import type { ConformanceCase, Fields } from '../conformance-case.ts';
import { actTask, catcher, machineOf, only } from './builders.ts';

const ways = {
  First: { Type: 'Pass', Result: { way: 'first' }, End: true },
  Second: { Type: 'Pass', Result: { way: 'second' }, End: true },
  Neither: { Type: 'Pass', Result: { way: 'neither' }, End: true },
};

const choosing = (
  name: string,
  choices: readonly Fields[],
  input: unknown,
  fields: Fields = { Default: 'Neither' },
) => ({
  name,
  machine: machineOf({ Ask: { Type: 'Choice', Choices: choices, ...fields }, ...ways }),
  input,
});

const isDone = { Variable: '$.look.state', StringEquals: 'DONE', Next: 'First' };

/** The other branches have ended by then, so that there is no race about what the history holds. */
const failsLater = { sleepSeconds: 1, fail: 'Busy' };

/** Cases about data. */
export const dataCases: readonly ConformanceCase[] = [
  choosing('choice-first-match-wins', [{ ...isDone, StringEquals: 'OPEN' }, { ...isDone, Next: 'Second' }, isDone], {
    look: { state: 'DONE' },
  }),
  choosing('choice-boolean', [{ Variable: '$.look.check', BooleanEquals: true, Next: 'First' }], {
    look: { check: true },
  }),
  choosing('choice-text-is-not-a-boolean', [{ Variable: '$.check', BooleanEquals: true, Next: 'First' }], {
    check: 'true',
  }),
  choosing('choice-number-is-not-a-text', [isDone], { look: { state: 7 } }),
  choosing('choice-greater-than', [{ Variable: '$.n', NumericGreaterThan: 0, Next: 'First' }], { n: 1 }),
  choosing('choice-not-greater-than', [{ Variable: '$.n', NumericGreaterThan: 0, Next: 'First' }], { n: 0 }),
  choosing(
    'choice-or-is-present',
    [
      {
        Or: [
          { Variable: '$.input.approve', IsPresent: true },
          { Variable: '$.input.refuse', IsPresent: true },
        ],
        Next: 'First',
      },
    ],
    { input: { refuse: null } },
  ),
  choosing('choice-nothing-is-present', [{ Variable: '$.outcome.taskToken', IsPresent: true, Next: 'First' }], {}),
  choosing('choice-of-a-missing-path', [isDone], { look: {} }),
  choosing('choice-without-default', [isDone], { look: { state: 'OPEN' } }, {}),
  {
    name: 'pass-names-the-run',
    machine: only({
      Type: 'Pass',
      Parameters: {
        'input.$': '$',
        'isNamed.$': '$$.Execution.Name',
        look: { looks: 0, 'deep.$': '$.wave.id', list: ['a', { 'b.$': '$.wave' }] },
      },
      ResultPath: '$.Name',
    }),
    input: { wave: { id: 'w-1' } },
  },
  {
    name: 'pass-result-path-makes-what-is-missing',
    machine: only({ Type: 'Pass', Result: { state: 'DONE' }, ResultPath: '$.gate.look' }),
    input: { runID: 'night-1' },
  },
  {
    name: 'null-result-path-drops-the-result',
    machine: only(actTask({ give: { dropped: true } }, { ResultPath: null })),
    input: { runID: 'night-1' },
  },
  {
    name: 'result-path-keeps-the-input',
    machine: only(actTask({ give: { state: 'DONE' } }, { ResultPath: '$.look' })),
    input: { runID: 'night-1', look: { looks: 3 } },
  },
  {
    name: 'result-selector-before-result-path',
    machine: only(
      actTask(
        { give: { Output: { state: 'CONTINUE' }, other: 1 } },
        {
          ResultSelector: { 'state.$': '$.Output.state', kind: 'shift' },
          ResultPath: '$.shift',
        },
      ),
    ),
    input: { runID: 'night-1' },
  },
  {
    name: 'function-that-answers-nothing',
    machine: only(actTask({ give: null }, { ResultPath: '$.answer' })),
    input: {},
  },
  {
    name: 'succeed-with-output-path',
    machine: machineOf({ Only: { Type: 'Succeed', OutputPath: '$.outcome' } }),
    input: { runID: 'night-1', outcome: { outcome: 'VERIFIED', summary: 'all good' } },
  },
  {
    name: 'wait-seconds-from-a-path',
    machine: only({ Type: 'Wait', SecondsPath: '$.look.delaySeconds' }),
    input: { look: { delaySeconds: 1 } },
  },
  { name: 'wait-no-time-at-all', machine: only({ Type: 'Wait', SecondsPath: '$.seconds' }), input: { seconds: 0 } },
  { name: 'wait-for-a-fraction', machine: only({ Type: 'Wait', SecondsPath: '$.seconds' }), input: { seconds: 0.5 } },
  { name: 'wait-for-a-text', machine: only({ Type: 'Wait', SecondsPath: '$.seconds' }), input: { seconds: 'soon' } },
  {
    name: 'wait-for-less-than-nothing',
    machine: only({ Type: 'Wait', SecondsPath: '$.seconds' }),
    input: { seconds: -1 },
  },
  { name: 'wait-for-what-is-missing', machine: only({ Type: 'Wait', SecondsPath: '$.seconds' }), input: {} },
  mapping('map-in-the-order-of-its-items', { act: { 'give.$': '$$.Map.Item.Value' } }, [2, 0, 1]),
  mapping('map-of-nothing', { act: {} }, []),
  mapping(
    'map-selects-item-and-input',
    { 'slot.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'waves.$': '$.items' },
    ['a'],
  ),
  mapping('map-of-what-is-no-list', { act: {} }, 'a', { Catch: [catcher(['States.ALL'])] }),
  mapping('map-with-a-failed-iteration', failsAtTwo(), [1, 2], { MaxConcurrency: 1 }),
  mapping('map-with-a-failed-iteration-caught', failsAtTwo(), [1, 2], {
    MaxConcurrency: 1,
    Catch: [catcher(['Busy'])],
  }),
  mapping('map-starts-no-iteration-after-a-failure', { act: { fail: 'Busy' } }, [1, 2, 3], {
    MaxConcurrency: 1,
    Catch: [catcher(['States.ALL'])],
  }),
  parallel('parallel-in-the-order-of-its-branches', [{ give: 'a' }, { give: 'b' }]),
  parallel('parallel-with-a-failed-branch', [{ give: 'a' }, failsLater]),
  parallel('parallel-with-a-failed-branch-caught', [{ give: 'a' }, failsLater], { Catch: [catcher(['Busy'])] }),
];

/** The second item's iteration fails: its script is counted over the whole execution. */
function failsAtTwo(): Fields {
  return { act: { 'key.$': '$$.Execution.Id', script: [{ give: 'done' }, { fail: 'Busy' }] } };
}

function mapping(name: string, selector: Fields, items: unknown, fields: Fields = {}): ConformanceCase {
  const machine = only({
    Type: 'Map',
    ItemsPath: '$.items',
    ItemSelector: selector,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: 'Each',
      States: { Each: { Type: 'Task', Resource: '${ActFunctionArn}', TimeoutSeconds: 60, End: true } },
    },
    ...fields,
  });
  return { name, machine, input: { items } };
}

function parallel(name: string, instructions: readonly Fields[], fields: Fields = {}): ConformanceCase {
  const branches = instructions.map((instruction, index) => ({
    StartAt: `Branch${index}`,
    States: { [`Branch${index}`]: actTask(instruction, { End: true }) },
  }));
  return { name, machine: only({ Type: 'Parallel', Branches: branches, ...fields }) };
}
