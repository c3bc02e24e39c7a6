/** Executions that start executions, and tasks that wait to be told. */
import type { ConformanceCase, Fields } from '../conformance-case.ts';
import { catcher, machineOf, only } from './builders.ts';

const nested = (fields: Fields = {}, parameters: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  TimeoutSeconds: 60,
  Parameters: {
    StateMachineArn: '${ChildStateMachineArn}',
    Input: { 'runID.$': '$.runID', 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id' },
    ...parameters,
  },
  ...fields,
});

const passing = machineOf({ Answer: { Type: 'Pass', Parameters: { state: 'DONE', 'runID.$': '$.runID' }, End: true } });
const failing = machineOf({ Stop: { Type: 'Fail', Error: 'RollbackIncomplete', Cause: 'one server is left' } });
const slow = machineOf({ Rest: { Type: 'Wait', Seconds: 30, End: true } });

const waiting = (payload: Fields, fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  TimeoutSeconds: 60,
  Parameters: { FunctionName: '${ActFunctionArn}', Payload: payload },
  ...fields,
});

const token = { 'token.$': '$$.Task.Token' };

const telling = (fields: Fields, parameters: Fields): Fields => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:sfn:sendTaskSuccess',
  TimeoutSeconds: 60,
  Parameters: parameters,
  ResultPath: null,
  ...fields,
});

const night = { runID: 'night-1' };
const caughtAll = { Catch: [catcher(['States.ALL'])] };

/** Cases about service integrations. */
export const integrationCases: readonly ConformanceCase[] = [
  { name: 'nested-execution', machine: only(nested()), child: passing, input: night },
  {
    name: 'nested-execution-selected',
    machine: only(nested({ ResultSelector: { 'state.$': '$.Output.state' }, ResultPath: '$.shift' })),
    child: passing,
    input: night,
  },
  { name: 'nested-execution-fails', machine: only(nested()), child: failing, input: night },
  { name: 'nested-execution-fails-caught', machine: only(nested(caughtAll)), child: failing, input: night },
  {
    name: 'nested-failure-is-a-task-failure',
    machine: only(nested({ Catch: [catcher(['States.TaskFailed'])] })),
    child: failing,
    input: night,
  },
  {
    name: 'nested-failure-is-not-caught-by-its-own-error',
    machine: only(nested({ Catch: [catcher(['RollbackIncomplete'])] })),
    child: failing,
    input: night,
  },
  {
    name: 'nested-execution-out-of-time',
    machine: only(nested({ TimeoutSeconds: 1, ...caughtAll })),
    child: slow,
    input: night,
  },
  {
    name: 'nested-execution-times-out-itself',
    machine: only(nested(caughtAll)),
    child: { ...slow, TimeoutSeconds: 1 },
    input: night,
  },
  {
    name: 'nested-name-taken',
    machine: machineOf({
      First: nested({ ResultPath: null, Next: 'Second' }, taken()),
      Second: nested({ ...caughtAll, ResultPath: null, End: true }, { ...taken(), Input: { other: true } }),
      Caught: { Type: 'Pass', End: true },
    }),
    child: passing,
    input: night,
  },
  {
    name: 'nested-machine-missing',
    machine: only(nested(caughtAll, { StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:nowhere' })),
    child: passing,
    input: night,
    onlyAws: 'another account than the own is refused before the name is looked at, and only AWS knows the account',
  },
  {
    name: 'callback-told',
    machine: only(waiting({ act: { tell: { ...token, output: { told: true } } } })),
  },
  {
    name: 'callback-told-of-a-failure',
    machine: only(
      waiting({ act: { tell: { ...token, error: 'GateOverError' } } }, { Catch: [catcher(['GateOverError'])] }),
    ),
  },
  {
    name: 'callback-told-before-the-function-fails',
    machine: only(waiting({ act: { tell: token, fail: 'Busy' } }, caughtAll)),
  },
  {
    name: 'callback-function-fails',
    machine: only(waiting({ act: { fail: 'GateOverError' }, ...token }, { Catch: [catcher(['GateOverError'])] })),
  },
  {
    name: 'callback-never-told',
    machine: only({ ...waiting(token), TimeoutSeconds: 1, Catch: [catcher(['States.Timeout'])] }),
  },
  {
    name: 'callback-never-told-timeout-from-a-path',
    machine: machineOf({
      Only: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        TimeoutSecondsPath: '$.gate.delaySeconds',
        Parameters: { FunctionName: '${ActFunctionArn}', Payload: token },
        ResultPath: null,
        Catch: [catcher(['States.Timeout', 'GateOverError'])],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    }),
    input: { gate: { state: 'AWAIT', delaySeconds: 1 } },
  },
  {
    name: 'telling-a-token-that-nobody-has',
    machine: only(telling(caughtAll, { TaskToken: 'nobody', Output: '{}' })),
  },
  {
    name: 'telling-a-token-that-is-over',
    machine: machineOf({
      Wait: {
        ...waiting({ act: { tell: { ...token, output: token } } }),
        ResultPath: '$.told',
        Next: 'Tell',
      },
      Tell: telling({ ...caughtAll, End: true }, { 'TaskToken.$': '$.told.token', Output: '{}' }),
      Caught: { Type: 'Pass', End: true },
    }),
    input: {},
  },
];

/** A name that is free in every account until the case has run: the execution's own. */
function taken(): Fields {
  return { 'Name.$': '$$.Execution.Name' };
}
