/** Builders for state machine definitions that break no rule, with the fields under test put in. */

/** Fields of a state or of a machine, as in the file. */
export type Fields = Record<string, unknown>;

/** A complete retrier. */
export const retrier = {
  ErrorEquals: ['ThrottledError'],
  MaxAttempts: 3,
  BackoffRate: 2,
  MaxDelaySeconds: 20,
  JitterStrategy: 'FULL',
};
/** A complete catcher, leading to `Done`. */
export const catcher = { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Done' };

/** A Task that leads to `Done`. */
export const aTask = (fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: '${PollJobFunctionArn}',
  TimeoutSeconds: 60,
  Retry: [retrier],
  Catch: [catcher],
  ResultPath: '$.job',
  Next: 'Done',
  ...fields,
});

/** The fields without those named. */
export const without = (fields: Fields, ...keys: string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));

const done = { Done: { Type: 'Succeed' } };

/** A machine that breaks no rule, with the states given before its end. */
export const machineOf = (states: Fields, fields: Fields = {}): Fields => ({
  Comment: 'In: a job. Out: its end.',
  QueryLanguage: 'JSONPath',
  TimeoutSeconds: 3600,
  StartAt: Object.keys(states)[0] ?? 'Done',
  States: { ...states, ...done },
  ...fields,
});

/** A machine of the one Task `PollJob`. */
export const withTask = (fields: Fields = {}): Fields => machineOf({ PollJob: aTask(fields) });

/** A Map over the states given, the first of them first. */
export const aMap = (states: Fields, fields: Fields = {}): Fields => ({
  Type: 'Map',
  MaxConcurrency: 4,
  ItemsPath: '$.batches',
  ItemSelector: { 'batch.$': '$$.Map.Item.Value', 'run.$': '$$.Execution.Name' },
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: Object.keys(states)[0], States: states },
  Next: 'Done',
  ...fields,
});

/** A Task within a Map that records its failure in `Recorded`. */
export const iterationTask = (fields: Fields = {}): Fields => ({
  ...without(aTask(), 'Next'),
  Catch: [{ ...catcher, Next: 'Recorded' }],
  End: true,
  ...fields,
});

/** A machine of the one Map `CutOverBatches` over the one Task `PollJob`. */
export const withMap = (fields: Fields = {}, task: Fields = {}): Fields =>
  machineOf({ CutOverBatches: aMap({ PollJob: iterationTask(task), Recorded: { Type: 'Pass', End: true } }, fields) });

/** A machine of the one Choice `HasJobEnded`. */
export const choiceOn = (test: Fields, fields: Fields = {}): Fields =>
  machineOf({ HasJobEnded: { Type: 'Choice', Choices: [{ ...test, Next: 'Done' }], Default: 'Done', ...fields } });

/** A machine of the one Pass `Note`. */
export const withPass = (fields: Fields): Fields => machineOf({ Note: { Type: 'Pass', Next: 'Done', ...fields } });

/** The resource of a Task that waits for its token. */
export const callback = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
/** A Fail state. */
export const failState = { Type: 'Fail', Error: 'ThrottledError' };
