/**
 * Where moto 5.2.1 and our engine are known to differ, and who is right as far as AWS has said. A difference that is gone is
 * no less news than a new one: both fail the check. What AWS has not said is asked of it by `npm run conformance:aws`.
 */
import type { Observation } from '../../conformance/conformance-case.ts';

/** One agreed difference. */
export interface Divergence {
  /** Name of the conformance case. */
  readonly name: string;
  /** The members of the observation that differ. */
  readonly differsIn: readonly (keyof Observation)[];
  /** Members, wherever they are in the observation, apart from which the two agree; absent where that says nothing. */
  readonly apartFrom?: readonly string[];
  readonly ours: string;
  readonly moto: string;
  /** Whom AWS bears out, in its documentation or a recorded history (engine.md); `unknown` is a question still open. */
  readonly right: 'ours' | 'moto' | 'unknown';
  readonly why: string;
}

const everything = ['status', 'output', 'error', 'cause', 'events'] as const;
const runtimeIsNotCaught = {
  differsIn: everything,
  right: 'ours',
  why: 'the Developer Guide: States.ALL does not catch States.Runtime, and a path that leads nowhere is States.Runtime',
} as const;
const nestedAnswer = {
  ours: "the Cause has DescribeExecution's InputDetails and Name, and the Input as text",
  moto: 'its DescribeExecution leaves InputDetails and Name out; the Input is an object',
} as const;
const nestedFailure = {
  ...nestedAnswer,
  apartFrom: ['InputDetails', 'Name', 'Input'],
  right: 'unknown',
  why: 'the members are documented; whether a failed sync:2 parses the Input is not',
} as const;

/** All of them, in the order of the cases. */
export const divergences: readonly Divergence[] = [
  {
    name: 'task-failed-does-not-catch-a-timeout',
    differsIn: ['cause'],
    ours: 'repeats the name of the error as its Cause, where a retrier or catcher names States.TaskFailed',
    moto: 'gives no Cause',
    right: 'moto',
    why: 'the history event of a timed-out task has an error and no cause; the engine below ours keeps that timeout itself',
  },
  {
    name: 'timeout-caught-for-a-fail-state',
    differsIn: ['error', 'cause'],
    ours: 'fails the execution with States.Timeout, as the ErrorPath says',
    moto: 'fails it with States.Runtime: a Fail state must not name an error that begins with States.',
    right: 'unknown',
    why: 'the language reserves the prefix for its own errors and does not say what an ErrorPath with one does',
  },
  {
    name: 'timeout-from-a-path-that-leads-nowhere',
    ...runtimeIsNotCaught,
    ours: 'fails the execution with States.Runtime',
    moto: 'lets States.ALL catch its States.Runtime',
  },
  {
    name: 'timeout-from-a-path-to-a-text',
    ...runtimeIsNotCaught,
    ours: 'fails the execution with States.Runtime',
    moto: 'stumbles over the comparison and lets States.ALL catch that',
  },
  {
    name: 'machine-times-out',
    differsIn: ['events'],
    ours: 'TaskStateAborted and ExecutionTimedOut end the history',
    moto: 'neither of them is in its history',
    right: 'ours',
    why: 'ExecutionTimedOut is the documented last event; TaskStateAborted before it is our reading',
  },
  {
    name: 'missing-path-in-parameters-is-not-caught',
    ...runtimeIsNotCaught,
    ours: 'fails the execution with States.Runtime before the function is called',
    moto: 'calls it a failure of the function, named Exception, and lets States.ALL catch it',
  },
  {
    name: 'choice-of-a-missing-path',
    differsIn: everything,
    ours: 'fails the execution with States.Runtime',
    moto: 'takes the Default',
    right: 'ours',
    why: 'the Developer Guide on Choice: test with IsPresent before a comparison, or the execution fails',
  },
  {
    name: 'choice-without-default',
    differsIn: ['error'],
    ours: 'States.NoChoiceMatched',
    moto: 'States.Runtime',
    right: 'ours',
    why: 'the Amazon States Language names the error',
  },
  {
    name: 'map-of-what-is-no-list',
    differsIn: everything,
    ours: 'fails the execution with States.Runtime',
    moto: 'fails the state with States.QueryEvaluationError, which States.ALL catches',
    right: 'ours',
    why: 'States.QueryEvaluationError is documented for JSONata alone, and the machine is in JSONPath',
  },
  {
    name: 'nested-execution',
    differsIn: ['output'],
    ...nestedAnswer,
    apartFrom: ['InputDetails', 'Name'],
    right: 'ours',
    why: "the API reference lists both among DescribeExecution's members",
  },
  { name: 'nested-execution-fails', differsIn: ['cause'], ...nestedFailure },
  { name: 'nested-execution-fails-caught', differsIn: ['output'], ...nestedFailure },
  { name: 'nested-failure-is-a-task-failure', differsIn: ['output'], ...nestedFailure },
  { name: 'nested-failure-is-not-caught-by-its-own-error', differsIn: ['cause'], ...nestedFailure },
  {
    name: 'nested-execution-times-out-itself',
    differsIn: ['output'],
    ...nestedFailure,
    apartFrom: ['InputDetails', 'Name', 'Input', 'StopDate'],
  },
  {
    name: 'callback-told-of-a-failure',
    differsIn: ['output'],
    apartFrom: ['Cause'],
    ours: 'the Cause given to SendTaskFailure is the Cause that is caught',
    moto: 'its HTTP door drops the Cause',
    right: 'ours',
    why: 'the API reference of SendTaskFailure',
  },
  {
    name: 'telling-a-token-that-is-over',
    differsIn: ['output', 'events'],
    ours: 'Sfn.TaskTimedOutException',
    moto: 'takes the second answer as it took the first',
    right: 'ours',
    why: 'the API reference of SendTaskSuccess: TaskTimedOut once the task is closed',
  },
];
