/** How a task fails, is tried again, is caught, and runs out of time. */
import type { ConformanceCase } from '../conformance-case.ts';
import { actTask, catcher, machineOf, only, retrier, scripted } from './builders.ts';

const failing = { fail: 'Busy' };
const slow = { sleepSeconds: 30 };

/** Cases about errors. */
export const errorCases: readonly ConformanceCase[] = [
  { name: 'failed-task', machine: only(actTask(failing)) },
  {
    name: 'failed-task-caught',
    machine: only(actTask(failing, { Catch: [catcher(['Busy'])] })),
    input: { runID: 'night-1', failure: 'none yet' },
  },
  {
    name: 'fail-state-with-caught-paths',
    machine: machineOf({
      Only: actTask(failing, { Catch: [catcher(['States.ALL'], 'Refuse')], End: true }),
      Refuse: { Type: 'Fail', ErrorPath: '$.failure.Error', CausePath: '$.failure.Cause' },
    }),
  },
  {
    name: 'fail-state-with-cause-path',
    machine: machineOf({ Only: { Type: 'Fail', Error: 'Refused', CausePath: '$.outcome.summary' } }),
    input: { outcome: { summary: '2 source servers: 1 verified' } },
  },
  {
    name: 'retry-until-success',
    machine: only(actTask(scripted(failing, failing, { give: { state: 'DONE' } }), retry('Busy', 3))),
  },
  { name: 'retry-exhausted', machine: only(actTask(failing, retry('Busy', 2))) },
  {
    name: 'retry-zero-attempts-hides-later-retriers',
    machine: only(actTask(failing, { Retry: [retrier(['Busy'], 0), retrier(['States.ALL'], 3)] })),
  },
  {
    name: 'retriers-count-each-by-itself',
    machine: only(
      actTask(scripted(failing, { fail: 'Lost' }, { fail: 'Lost' }, { give: { state: 'DONE' } }), {
        Retry: [retrier(['Busy'], 1), retrier(['States.ALL'], 2)],
      }),
    ),
  },
  {
    name: 'retries-come-before-catchers',
    machine: only(actTask(failing, { Retry: [retrier(['States.TaskFailed'], 1)], Catch: [catcher(['Busy'])] })),
  },
  {
    name: 'full-jitter-with-delay-cap',
    machine: only(
      actTask(failing, {
        Retry: [{ ...retrier(['Busy'], 2), BackoffRate: 2, MaxDelaySeconds: 2, JitterStrategy: 'FULL' }],
      }),
    ),
  },
  {
    name: 'first-matching-catcher-wins',
    machine: machineOf({
      Only: actTask(failing, {
        Catch: [catcher(['Lost'], 'Wrong'), catcher(['Other', 'Busy']), catcher(['States.ALL'], 'Wrong')],
        End: true,
      }),
      Wrong: { Type: 'Fail', Error: 'WrongCatcher' },
      Caught: { Type: 'Pass', End: true },
    }),
  },
  {
    name: 'task-failed-catches-any-error-of-a-task',
    machine: only(actTask(failing, { Catch: [catcher(['States.TaskFailed'])] })),
  },
  {
    name: 'task-failed-does-not-catch-a-timeout',
    machine: only(actTask(slow, { TimeoutSeconds: 1, Catch: [catcher(['States.TaskFailed'])] })),
  },
  { name: 'timeout', machine: only(actTask(slow, { TimeoutSeconds: 1 })) },
  {
    name: 'timeout-caught',
    machine: only(actTask(slow, { TimeoutSeconds: 1, Catch: [catcher(['States.Timeout'])] })),
  },
  {
    name: 'timeout-caught-for-a-fail-state',
    machine: machineOf({
      Only: actTask(slow, { TimeoutSeconds: 1, Catch: [catcher(['States.ALL'], 'Refuse')], End: true }),
      Refuse: { Type: 'Fail', ErrorPath: '$.failure.Error', CausePath: '$.failure.Cause' },
    }),
  },
  {
    name: 'timeout-retried',
    machine: only(
      actTask(scripted(slow, { give: { state: 'DONE' } }), { TimeoutSeconds: 1, ...retry('States.Timeout', 2) }),
    ),
  },
  {
    name: 'timeout-from-a-path',
    machine: only({
      ...withoutTimeout(slow),
      TimeoutSecondsPath: '$.gate.delaySeconds',
      Catch: [catcher(['States.Timeout'])],
    }),
    input: { gate: { delaySeconds: 1 } },
  },
  {
    name: 'timeout-from-a-path-that-leads-nowhere',
    machine: only({
      ...withoutTimeout(slow),
      TimeoutSecondsPath: '$.gate.delaySeconds',
      Catch: [catcher(['States.ALL'])],
    }),
  },
  {
    name: 'timeout-from-a-path-to-a-text',
    machine: only({ ...withoutTimeout(slow), TimeoutSecondsPath: '$.seconds', Catch: [catcher(['States.ALL'])] }),
    input: { seconds: 'soon' },
  },
  { name: 'machine-times-out', machine: only(actTask(slow), { TimeoutSeconds: 1 }) },
  {
    name: 'missing-path-in-parameters-is-not-caught',
    machine: only(actTask({}, { Parameters: { 'runID.$': '$.missing' }, Catch: [catcher(['States.ALL'])] })),
  },
  {
    name: 'missing-path-in-input-path-is-not-caught',
    machine: only(actTask({}, { InputPath: '$.missing', Catch: [catcher(['States.ALL'])] })),
  },
  {
    name: 'result-too-large-is-caught-by-all',
    machine: only(actTask({ giveCharacters: 300_000 }, { Catch: [catcher(['States.ALL'])] })),
  },
  {
    name: 'result-too-large',
    machine: only(actTask({ giveCharacters: 300_000 })),
  },
  {
    name: 'function-exits',
    machine: only(actTask({ exit: true })),
    onlyAws: "Lambda's runtime names the error of a process that ends (the machines retry Runtime.ExitError)",
  },
  {
    name: 'function-times-out',
    machine: only(actTask({ sleepSeconds: 20 })),
    onlyAws: 'Lambda names the error of a function past its own timeout (the machines retry Sandbox.Timedout)',
  },
];

function retry(error: string, attempts: number) {
  return { Retry: [retrier([error], attempts)] };
}

function withoutTimeout(instruction: object) {
  return { Type: 'Task', Resource: '${ActFunctionArn}', Parameters: { act: instruction } };
}
