/** Builders for the machines of the cases. */
import type { Fields } from '../conformance-case.ts';
import type { Instruction } from '../act.ts';

/** A machine of these states, starting with the first. */
export const machineOf = (states: Fields, fields: Fields = {}): Fields => ({
  StartAt: Object.keys(states)[0],
  States: states,
  ...fields,
});

/** A Task that invokes the function with these instructions. */
export const actTask = (act: Instruction | Fields, fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: '${ActFunctionArn}',
  TimeoutSeconds: 60,
  Parameters: { act },
  ...fields,
});

/** Instructions that go on from one invocation of an execution to the next. */
export const scripted = (...script: Instruction[]): Fields => ({ 'key.$': '$$.Execution.Id', script });

/** A retrier that waits a second each time. */
export const retrier = (errors: readonly string[], attempts: number): Fields => ({
  ErrorEquals: errors,
  IntervalSeconds: 1,
  BackoffRate: 1,
  MaxAttempts: attempts,
});

/** A catcher that keeps the input and leads to the state. */
export const catcher = (errors: readonly string[], next = 'Caught'): Fields => ({
  ErrorEquals: errors,
  ResultPath: '$.failure',
  Next: next,
});

/** A machine of the state `Only`, whose catchers lead to `Caught`. */
export const only = (state: Fields, fields: Fields = {}): Fields =>
  machineOf({ Only: { End: true, ...state }, Caught: { Type: 'Pass', End: true } }, fields);
