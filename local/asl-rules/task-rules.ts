/** Rules over Tasks: every one is bounded in time, retried by name with backoff, and caught. */
import type { Catcher, Retrier } from '../asl.ts';
import { TIMER_MAX_SECONDS } from '../machines.ts';
import { type StateRule, violationIf } from './rule.ts';

const resources = [
  /^\$\{\w+FunctionArn\}$/,
  /^arn:aws:states:::states:startExecution\.sync:2$/,
  /^arn:aws:states:::lambda:invoke\.waitForTaskToken$/,
  /^arn:aws:states:::aws-sdk:sfn:sendTaskSuccess$/,
];

const isNested = (resource: string | undefined) => resource?.includes(':startExecution.') === true;

const resource: StateRule = (site) =>
  violationIf(
    site.state.Type === 'Task' && !resources.some((known) => known.test(site.state.Resource ?? '')),
    'task-resource',
    site,
    `The resource ${site.state.Resource ?? '(none)'} is neither \${…FunctionArn}, a nested execution, a callback nor its answer.`,
  );

/** Without one, AWS waits for three years and the engine for one minute (engine.md F2, row 3). */
const timeout: StateRule = (site) => {
  const { Type: type, TimeoutSeconds: seconds, TimeoutSecondsPath: path } = site.state;
  const isBounded = seconds === undefined ? path !== undefined : seconds > 0 && seconds <= TIMER_MAX_SECONDS;
  return violationIf(
    type === 'Task' && !isBounded,
    'task-timeout',
    site,
    `The Task needs TimeoutSeconds of 1 to ${TIMER_MAX_SECONDS}, or TimeoutSecondsPath.`,
  );
};

/** The engine ignores heartbeats (engine.md F2, row 11). */
const heartbeat: StateRule = (site) =>
  violationIf(
    'HeartbeatSeconds' in site.state || 'HeartbeatSecondsPath' in site.state,
    'task-heartbeat',
    site,
    'Heartbeats have no effect in a local run.',
  );

/** A nested execution has retries of its own; to start it again as a whole is a decision, not a habit. */
const retry: StateRule = (site) =>
  violationIf(
    site.state.Type === 'Task' && !isNested(site.state.Resource) && (site.state.Retry ?? []).length === 0,
    'task-retry',
    site,
    "The Task has no Retry, not even for Lambda's own transient errors.",
  );

const caught: StateRule = (site, { uncaughtStates = {} }) => {
  const { Type: type, Catch: catchers = [] } = site.state;
  const catchesAll = catchers.some(({ ErrorEquals: names }) => names.includes('States.ALL'));
  return violationIf(
    type === 'Task' && !catchesAll && !Object.hasOwn(uncaughtStates, site.stateName),
    'task-catch',
    site,
    'The Task has no Catch for States.ALL.',
  );
};

const retryFields: StateRule = (site) =>
  (site.state.Retry ?? []).flatMap((retrier) => {
    const missing = missingFieldsOf(retrier);
    return violationIf(
      missing.length > 0,
      'retry-fields',
      site,
      `Retry for ${retrier.ErrorEquals.join(', ')} lacks ${missing.join(', ')}.`,
    );
  });

/** A retrier of zero attempts only exempts its errors from those below it and needs nothing else. */
function missingFieldsOf(retrier: Retrier): string[] {
  if (retrier.MaxAttempts === 0) {
    return [];
  }
  return [
    ...(retrier.MaxAttempts === undefined ? ['MaxAttempts'] : []),
    ...(retrier.BackoffRate === undefined ? ['BackoffRate'] : []),
    ...(retrier.MaxDelaySeconds === undefined ? ['MaxDelaySeconds'] : []),
    ...(retrier.JitterStrategy === 'FULL' ? [] : ['JitterStrategy FULL']),
  ];
}

const wildcards: readonly string[] = ['States.ALL', 'States.TaskFailed'];

const retryMutation: StateRule = (site, { mutatingStates }) => {
  const retried = (site.state.Retry ?? []).filter(({ MaxAttempts: attempts }) => attempts !== 0);
  const found = retried.flatMap(({ ErrorEquals: names }) => names).filter((name) => wildcards.includes(name));
  return violationIf(
    mutatingStates.includes(site.stateName) && found.length > 0,
    'retry-mutation',
    site,
    `The state changes something and is retried on ${found.join(', ')}: a retry needs the error's name.`,
  );
};

const statesErrors: readonly string[] = [
  'States.ALL',
  'States.BranchFailed',
  'States.DataLimitExceeded',
  'States.HeartbeatTimeout',
  'States.IntrinsicFailure',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.Permissions',
  'States.ResultPathMatchFailure',
  'States.Runtime',
  'States.TaskFailed',
  'States.Timeout',
];

const errorName: StateRule = (site, { errorNames }) => {
  const isKnown = (name: string) =>
    errorNames.includes(name) ||
    statesErrors.includes(name) ||
    /^(Lambda|Runtime|Sandbox|Sfn|StepFunctions)\.\w+$/.test(name);
  return errorListsOf(site.state)
    .flatMap(({ ErrorEquals: names }) => names)
    .filter((name) => !isKnown(name))
    .flatMap((name) => violationIf(true, 'error-name', site, `Nothing ever fails with '${name}'.`));
};

const statesAllLast: StateRule = (site) =>
  [site.state.Retry ?? [], site.state.Catch ?? []].flatMap((list: readonly (Retrier | Catcher)[]) =>
    list.flatMap(({ ErrorEquals: names }, index) =>
      violationIf(
        names.includes('States.ALL') && (names.length > 1 || index < list.length - 1),
        'states-all-last',
        site,
        'States.ALL must stand alone and last.',
      ),
    ),
  );

/** What States.TaskFailed means on a Map or Parallel is not the same here and in AWS. */
const taskFailedOutsideTask: StateRule = (site) =>
  violationIf(
    site.state.Type !== 'Task' &&
      errorListsOf(site.state).some(({ ErrorEquals: names }) => names.includes('States.TaskFailed')),
    'task-failed-outside-task',
    site,
    'States.TaskFailed stands for a Task that failed; name the error or use States.ALL.',
  );

const ownKey = /^\$(\.[A-Za-z_]\w*)+$/;

const catchResultPath: StateRule = (site) =>
  (site.state.Catch ?? []).flatMap(({ ErrorEquals: names, ResultPath: path }) =>
    violationIf(
      typeof path !== 'string' || !ownKey.test(path) || path === site.state.ResultPath,
      'catch-result-path',
      site,
      `Catch of ${names.join(', ')} does not keep the error under a key of its own.`,
    ),
  );

function errorListsOf({
  Retry: retriers = [],
  Catch: catchers = [],
}: {
  Retry?: readonly Retrier[] | undefined;
  Catch?: readonly Catcher[] | undefined;
}): readonly (Retrier | Catcher)[] {
  return [...retriers, ...catchers];
}

/** Rules over Tasks, and over Retry and Catch wherever they stand. */
export const taskRules: readonly StateRule[] = [
  resource,
  timeout,
  heartbeat,
  retry,
  caught,
  retryFields,
  retryMutation,
  errorName,
  statesAllLast,
  taskFailedOutsideTask,
  catchResultPath,
];
