import { parseDefinition } from '../../local/asl.ts';
import { checkDefinition } from '../../local/asl-rules.ts';
import { RULE_NAMES, type RuleName, type RuleOptions } from '../../local/asl-rules/rule.ts';
import {
  type Fields,
  aMap,
  aTask,
  callback,
  catcher,
  choiceOn,
  failState,
  iterationTask,
  machineOf,
  retrier,
  withMap,
  without,
  withPass,
  withTask,
} from '../support/asl-builders.ts';

const options: RuleOptions = {
  errorNames: ['ThrottledError'],
  mutatingStates: ['StartCutover'],
  uncaughtStates: { RecordFailure: 'nothing is left to do when this fails' },
};

interface RuleCase {
  readonly what: string;
  readonly bad: Fields;
  readonly good: Fields;
}

const cases: Record<RuleName, RuleCase[]> = {
  'machine-comment': [{ what: 'no Comment', bad: without(withTask(), 'Comment'), good: withTask() }],
  'machine-timeout': [{ what: 'no TimeoutSeconds', bad: without(withTask(), 'TimeoutSeconds'), good: withTask() }],
  'machine-size': [
    {
      what: 'over 1 MB',
      bad: withPass({ Result: { text: 'x'.repeat(1_048_576) } }),
      good: withPass({ Result: { text: 'x' } }),
    },
  ],
  'query-language': [
    { what: 'none named', bad: without(withTask(), 'QueryLanguage'), good: withTask() },
    { what: 'JSONata', bad: { ...withTask(), QueryLanguage: 'JSONata' }, good: withTask() },
    { what: 'variables', bad: withPass({ Assign: { jobID: 'x' } }), good: withPass({}) },
    {
      what: 'a JSONata state',
      bad: withPass({ QueryLanguage: 'JSONata' }),
      good: withPass({ QueryLanguage: 'JSONPath' }),
    },
  ],
  'state-names-unique': [
    {
      what: 'the same name inside a Map and outside',
      bad: machineOf({
        PollJob: aTask({ Next: 'CutOverBatches' }),
        CutOverBatches: aMap({ PollJob: iterationTask({ Catch: [{ ...catcher, Next: 'PollJob' }] }) }),
      }),
      good: withMap(),
    },
  ],
  'next-exists': [
    { what: 'Next', bad: withTask({ Next: 'Nowhere' }), good: withTask() },
    { what: 'Catch', bad: withTask({ Catch: [{ ...catcher, Next: 'Nowhere' }] }), good: withTask() },
    {
      what: 'Default',
      bad: choiceOn({ Variable: '$.a', IsNull: true }, { Default: 'Nowhere' }),
      good: choiceOn({ Variable: '$.a', IsNull: true }),
    },
    { what: 'StartAt', bad: { ...withTask(), StartAt: 'Nowhere' }, good: withTask() },
    { what: 'neither Next nor End', bad: machineOf({ Note: { Type: 'Pass' } }), good: withPass({}) },
    { what: 'out of a Map', bad: withMap({}, { Catch: [{ ...catcher, Next: 'Done' }] }), good: withMap() },
  ],
  'state-reachable': [
    {
      what: 'a state apart',
      bad: machineOf({ PollJob: aTask(), Apart: { Type: 'Pass', Next: 'Done' } }),
      good: withTask(),
    },
    {
      what: 'two states that lead to each other only',
      bad: machineOf({ PollJob: aTask(), A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } }),
      good: machineOf({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'Done' } }),
    },
  ],
  'task-resource': [
    {
      what: 'an SDK integration',
      bad: withTask({ Resource: 'arn:aws:states:::aws-sdk:mgn:describeJobs' }),
      good: withTask(),
    },
    {
      what: 'an SDK integration that answers no task',
      bad: withTask({ Resource: 'arn:aws:states:::aws-sdk:sfn:startExecution' }),
      good: withTask({ Resource: 'arn:aws:states:::aws-sdk:sfn:sendTaskSuccess' }),
    },
    {
      what: 'a nested execution that nobody waits for',
      bad: withTask({ Resource: 'arn:aws:states:::states:startExecution' }),
      good: withTask({ Resource: 'arn:aws:states:::states:startExecution.sync:2' }),
    },
  ],
  'task-timeout': [
    { what: 'none', bad: machineOf({ PollJob: without(aTask(), 'TimeoutSeconds') }), good: withTask() },
    {
      what: 'none, but from data',
      bad: withTask({ TimeoutSeconds: 0 }),
      good: withTask({ TimeoutSeconds: undefined, TimeoutSecondsPath: '$.t' }),
    },
    {
      what: 'beyond a timer',
      bad: withTask({ TimeoutSeconds: 99_999_999 }),
      good: withTask({ TimeoutSeconds: 2_147_483 }),
    },
  ],
  'task-heartbeat': [{ what: 'HeartbeatSeconds', bad: withTask({ HeartbeatSeconds: 10 }), good: withTask() }],
  'task-retry': [
    { what: 'none', bad: withTask({ Retry: [] }), good: withTask() },
    {
      what: 'none on a function',
      bad: withTask({ Retry: [] }),
      good: withTask({ Retry: [], Resource: 'arn:aws:states:::states:startExecution.sync:2' }),
    },
  ],
  'task-catch': [
    { what: 'none', bad: withTask({ Catch: [] }), good: withTask() },
    {
      what: 'not for all',
      bad: withTask({ Catch: [{ ...catcher, ErrorEquals: ['ThrottledError'] }] }),
      good: withTask(),
    },
    {
      what: 'not in the list of exceptions',
      bad: withTask({ Catch: [] }),
      good: machineOf({ RecordFailure: aTask({ Catch: [] }) }),
    },
  ],
  'retry-fields': [
    { what: 'no cap', bad: withTask({ Retry: [without(retrier, 'MaxDelaySeconds')] }), good: withTask() },
    { what: 'no jitter', bad: withTask({ Retry: [{ ...retrier, JitterStrategy: 'NONE' }] }), good: withTask() },
    { what: 'no MaxAttempts', bad: withTask({ Retry: [without(retrier, 'MaxAttempts')] }), good: withTask() },
    {
      what: 'no BackoffRate',
      bad: withTask({ Retry: [without(retrier, 'BackoffRate')] }),
      good: withTask({ Retry: [{ ErrorEquals: ['ThrottledError'], MaxAttempts: 0 }] }),
    },
  ],
  'retry-mutation': [
    {
      what: 'States.ALL',
      bad: machineOf({ StartCutover: aTask({ Retry: [{ ...retrier, ErrorEquals: ['States.ALL'] }] }) }),
      good: withTask({ Retry: [{ ...retrier, ErrorEquals: ['States.ALL'] }] }),
    },
    {
      what: 'States.TaskFailed',
      bad: machineOf({ StartCutover: aTask({ Retry: [{ ...retrier, ErrorEquals: ['States.TaskFailed'] }] }) }),
      good: machineOf({ StartCutover: aTask() }),
    },
  ],
  'error-name': [
    {
      what: 'in Retry',
      bad: withTask({ Retry: [{ ...retrier, ErrorEquals: ['ThrottleError'] }] }),
      good: withTask({ Retry: [{ ...retrier, ErrorEquals: ['Lambda.Unknown'] }] }),
    },
    {
      what: 'in Catch',
      bad: withTask({ Catch: [{ ...catcher, ErrorEquals: ['Oops'] }, catcher] }),
      good: withTask({ Catch: [{ ...catcher, ErrorEquals: ['States.DataLimitExceeded'] }, catcher] }),
    },
    {
      what: 'misspelt States',
      bad: withTask({ Catch: [{ ...catcher, ErrorEquals: ['States.TimeOut'] }, catcher] }),
      good: withTask({ Catch: [{ ...catcher, ErrorEquals: ['States.Timeout'] }, catcher] }),
    },
  ],
  'states-all-last': [
    {
      what: 'not last',
      bad: withTask({ Catch: [catcher, { ...catcher, ErrorEquals: ['ThrottledError'] }] }),
      good: withTask({ Catch: [{ ...catcher, ErrorEquals: ['ThrottledError'] }, catcher] }),
    },
    {
      what: 'not alone',
      bad: withTask({ Retry: [{ ...retrier, ErrorEquals: ['ThrottledError', 'States.ALL'] }] }),
      good: withTask({ Retry: [{ ...retrier, ErrorEquals: ['States.ALL'] }] }),
    },
  ],
  'task-failed-outside-task': [
    {
      what: 'on a Map',
      bad: withMap({ Catch: [{ ...catcher, ErrorEquals: ['States.TaskFailed'] }] }),
      good: withMap({ Catch: [catcher] }),
    },
  ],
  'catch-result-path': [
    { what: 'none', bad: withTask({ Catch: [without(catcher, 'ResultPath')] }), good: withTask() },
    { what: 'null', bad: withTask({ Catch: [{ ...catcher, ResultPath: null }] }), good: withTask() },
    { what: 'the whole input', bad: withTask({ Catch: [{ ...catcher, ResultPath: '$' }] }), good: withTask() },
    {
      what: "the result's own key",
      bad: withTask({ Catch: [{ ...catcher, ResultPath: '$.job' }] }),
      good: withTask({ Catch: [{ ...catcher, ResultPath: '$.failures.poll' }] }),
    },
  ],
  'result-path-root': [{ what: '$', bad: withTask({ ResultPath: '$' }), good: withTask({ ResultPath: '$.poll' }) }],
  'path-subset': [
    {
      what: 'a wildcard',
      bad: withTask({ Parameters: { 'ids.$': '$.servers[*].sourceServerID' } }),
      good: withTask({ Parameters: { 'id.$': '$.servers[0].sourceServerID' } }),
    },
    {
      what: 'a filter',
      bad: withTask({ Parameters: { 'bad.$': '$.servers[?(@.bad)]' } }),
      good: withTask({ Parameters: { 'bad.$': "$['servers']" } }),
    },
    { what: 'a slice', bad: withTask({ InputPath: '$.servers[0:2]' }), good: withTask({ InputPath: '$.servers[0]' }) },
    {
      what: 'descent',
      bad: choiceOn({ Variable: '$..job', IsNull: true }),
      good: choiceOn({ Variable: '$.job', IsNull: true }),
    },
    {
      what: 'a wildcard within a function, not within its text',
      bad: withTask({ Parameters: { 'n.$': 'States.ArrayLength($.servers[*])' } }),
      good: withTask({ Parameters: { 'n.$': "States.Format('{} of [*]', $.count)" } }),
    },
  ],
  'context-object': [
    {
      what: 'State',
      bad: withTask({ Parameters: { 'n.$': '$$.State.RetryCount' } }),
      good: withTask({ Parameters: { 'n.$': '$$.Execution.StartTime' } }),
    },
    {
      what: 'StartTime in a Map',
      bad: withMap({}, { Parameters: { 'at.$': '$$.Execution.StartTime' } }),
      good: withMap({}, { Parameters: { 'id.$': '$$.Execution.Id' } }),
    },
    {
      what: 'StartTime in an ItemSelector',
      bad: withMap({ ItemSelector: { 'at.$': '$$.Execution.StartTime' } }),
      good: withMap(),
    },
    {
      what: 'Map.Item outside an ItemSelector',
      bad: withMap({}, { Parameters: { 'item.$': '$$.Map.Item.Value' } }),
      good: withMap(),
    },
    {
      what: 'a task token without a callback',
      bad: withTask({ Parameters: { 'token.$': '$$.Task.Token' } }),
      good: withTask({ Resource: callback, Parameters: { 'token.$': '$$.Task.Token' } }),
    },
    {
      what: 'within a function',
      bad: withTask({ Parameters: { 'n.$': "States.Format('{}', $$.State.Name)" } }),
      good: withTask({ Parameters: { 'n.$': "States.Format('{}', $$.Execution.Name)" } }),
    },
  ],
  'choice-is-false': [
    {
      what: 'IsPresent: false',
      bad: choiceOn({ Variable: '$.a', IsPresent: false }),
      good: choiceOn({ Not: { Variable: '$.a', IsPresent: true } }),
    },
    {
      what: 'deep down',
      bad: choiceOn({ And: [{ Variable: '$.a', IsNull: false }] }),
      good: choiceOn({ And: [{ Variable: '$.a', BooleanEquals: false }] }),
    },
  ],
  'choice-default': [
    {
      what: 'none',
      bad: choiceOn({ Variable: '$.a', IsNull: true }, { Default: undefined }),
      good: choiceOn({ Variable: '$.a', IsNull: true }),
    },
  ],
  'pass-result': [
    { what: 'false', bad: withPass({ Result: false }), good: withPass({ Result: { value: false } }) },
    { what: '0', bad: withPass({ Result: 0 }), good: withPass({ Result: 1 }) },
  ],
  'wait-seconds': [
    {
      what: 'a month',
      bad: machineOf({ WaitForJob: { Type: 'Wait', Seconds: 2_592_000, Next: 'Done' } }),
      good: machineOf({ WaitForJob: { Type: 'Wait', Seconds: 86_400, Next: 'Done' } }),
    },
  ],
  'fail-cause-path': [
    {
      what: 'a function',
      bad: machineOf(
        { Stop: { ...failState, CausePath: "States.Format('{}', $.a)" } },
        { States: { Stop: { ...failState, CausePath: "States.Format('{}', $.a)" } } },
      ),
      good: machineOf({ Stop: failState }, { States: { Stop: { ...failState, CausePath: '$.cause' } } }),
    },
  ],
  'intrinsic-subset': [
    {
      what: 'escaped braces',
      bad: withTask({ Parameters: { 'a.$': "States.Format('\\{{}\\}', $.a)" } }),
      good: withTask({ Parameters: { 'a.$': "States.Format('<{}>', $.a)" } }),
    },
    {
      what: 'JsonMerge',
      bad: withTask({ Parameters: { 'a.$': 'States.JsonMerge($.a, $.b, false)' } }),
      good: withTask({ Parameters: { 'a.$': 'States.Array($.a, $.b)' } }),
    },
    {
      what: 'several delimiters',
      bad: withTask({ Parameters: { 'a.$': "States.StringSplit($.a, ',;')" } }),
      good: withTask({ Parameters: { 'a.$': "States.StringSplit($.a, ',')" } }),
    },
  ],
  'map-inline': [
    {
      what: 'DISTRIBUTED',
      bad: withMap({
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED' },
          StartAt: 'A',
          States: { A: { Type: 'Pass', End: true } },
        },
      }),
      good: withMap({ ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } } }),
    },
  ],
  'map-concurrency': [
    { what: 'none', bad: withMap({ MaxConcurrency: undefined }), good: withMap() },
    { what: 'over 40', bad: withMap({ MaxConcurrency: 41 }), good: withMap({ MaxConcurrency: 40 }) },
  ],
  'map-fields': [{ what: 'ItemReader', bad: withMap({ ItemReader: {} }), good: withMap() }],
  'branch-cannot-fail': [
    { what: 'no Catch', bad: withMap({}, { Catch: [] }), good: withMap() },
    {
      what: 'not all caught',
      bad: withMap({}, { Catch: [{ ...catcher, ErrorEquals: ['ThrottledError'], Next: 'Recorded' }] }),
      good: withMap(),
    },
    {
      what: 'a Fail state in a Parallel',
      bad: machineOf({
        Both: { Type: 'Parallel', Next: 'Done', Branches: [{ StartAt: 'Stop', States: { Stop: failState } }] },
      }),
      good: machineOf({
        Both: {
          Type: 'Parallel',
          Next: 'Done',
          Branches: [{ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }],
        },
      }),
    },
  ],
  'branch-retry': [{ what: 'a Map', bad: withMap({ Retry: [retrier] }), good: withMap({ Catch: [catcher] }) }],
};

const rulesBroken = (definition: Fields): RuleName[] =>
  checkDefinition(parseDefinition('test', JSON.parse(JSON.stringify(definition))), options).map(({ rule }) => rule);

describe('checkDefinition', () => {
  const table = RULE_NAMES.flatMap((rule) => cases[rule].map(({ what, bad, good }) => ({ rule, what, bad, good })));

  it.each(table)('$rule: finds $what', ({ rule, bad }) => {
    expect(rulesBroken(bad)).toContain(rule);
  });

  it.each(table)('$rule: accepts the right way beside $what', ({ good }) => {
    expect(rulesBroken(good)).toEqual([]);
  });

  it('names the state and says what is wrong', () => {
    const broken = checkDefinition(parseDefinition('test', withTask({ ResultPath: '$' })), options);

    expect(broken).toEqual([
      {
        rule: 'result-path-root',
        stateName: 'PollJob',
        message: 'ResultPath "$" replaces the input in AWS only; leave it out.',
      },
    ]);
  });

  it('finds what is wrong deep inside a Parallel inside a Map', () => {
    const inner = {
      StartAt: 'PollJob',
      States: {
        PollJob: iterationTask({ TimeoutSeconds: undefined, Catch: [{ ...catcher, Next: 'Rest' }] }),
        Rest: { Type: 'Pass', End: true },
      },
    };
    const both = { Type: 'Parallel', Branches: [inner], Catch: [{ ...catcher, Next: 'Noted' }], End: true };

    expect(rulesBroken(machineOf({ Each: aMap({ Both: both, Noted: { Type: 'Pass', End: true } }) }))).toEqual([
      'task-timeout',
    ]);
  });
});
