/**
 * Every state of the project's own machines by itself: what TestState is asked about it, and what our engine does. Tasks are
 * not performed; their result or error is given, so that nothing has to exist in the account and no role is needed.
 */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { TestStateCommand } from '@aws-sdk/client-sfn';
import type { State, StateGraph } from '../local/asl.ts';
import { executionArn, LOCAL_RESIDENCE, functionArn } from '../local/arns.ts';
import { startExecution } from '../local/execution.ts';
import type { HistoryEvent } from '../local/history.ts';
import { compileMachines } from '../local/machines.ts';
import { stateMachines } from '../local/state-machines.ts';
import { withVirtualTime } from '../local/virtual-time.ts';

/** One state, what goes in, and what its task gives. */
export interface StateTest {
  /** `wave-cutover.AssessReadiness.ConflictError`; without the last part the task succeeds. */
  readonly name: string;
  readonly stateName: string;
  readonly state: State;
  readonly input: unknown;
  /** The task's error; a task without one gives {@link taskResult}. */
  readonly error?: string;
}

/** What came of it; of a state that is to be tried again, only that. */
export interface StateOutcome {
  readonly status: string;
  readonly nextState?: string;
  readonly output?: unknown;
  readonly error?: string;
}

const startMs = Date.UTC(2026, 0, 1);
const taskResult = { state: 'DONE', Output: { state: 'DONE' }, delaySeconds: 0 };
const mapItem = { slot: 1 };

/** The context object that both are given. */
const context = {
  Execution: {
    Id: executionArn('main', 'state', LOCAL_RESIDENCE),
    Name: 'state',
    StartTime: new Date(startMs).toISOString(),
  },
  Task: { Token: 'a token' },
  Map: { Item: { Index: 0, Value: mapItem } },
};

/** All tests, machine by machine. A Map as a whole is left out: the states within it are not. */
export function stateTests(): StateTest[] {
  return [...stateMachines().values()].flatMap(({ name, definition }) => testsOf(name, definition));
}

function testsOf(machine: string, graph: StateGraph): StateTest[] {
  return Object.entries(graph.States).flatMap(([stateName, state]) => {
    if (state.ItemProcessor !== undefined) return testsOf(machine, state.ItemProcessor);
    const base = { stateName, state, input: inputFor(state) };
    const plain = { ...base, name: `${machine}.${stateName}` };
    const failed = errorsOf(state).map((error) => ({ ...base, name: `${machine}.${stateName}.${error}`, error }));
    return [plain, ...failed];
  });
}

/** The first error of each retrier and catcher, and one that nobody has foreseen. */
function errorsOf({ Type, Retry = [], Catch = [] }: State): string[] {
  if (Type !== 'Task') return [];
  const named = [...Retry, ...Catch].map(({ ErrorEquals: [first = ''] }) => first);
  return [...new Set([...named, 'UnforeseenError'])].filter((error) => !/^States\.(ALL|TaskFailed)$/.test(error));
}

/** An input in which every path of the state leads to something: the seconds of a Wait or a timeout are 1. */
function inputFor(state: State): unknown {
  const paths = JSON.stringify(state).match(/(?<!\$)\$(\.\w+)+/g) ?? [];
  const input: Record<string, unknown> = {};
  for (const path of [...new Set(paths)].sort()) put(input, path.split('.').slice(1), valueAt(path));
  return input;
}

function valueAt(path: string): unknown {
  return path.endsWith('Seconds') ? 1 : `value of ${path.slice(2)}`;
}

function put(target: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[key] ??= value;
    return;
  }
  const inner = new Map(Object.entries(isRecord(target[key]) ? target[key] : {}));
  const record = Object.fromEntries(inner);
  put(record, rest, value);
  target[key] = record;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Asks TestState. `mock` and `context` are newer than the SDK's types; the service knows them. */
export async function askTestState(client: SFNClient, { state, input, error }: StateTest): Promise<StateOutcome> {
  const errorOutput = { error, cause: 'given by the test' };
  const given = error === undefined ? { result: JSON.stringify(taskResult) } : { errorOutput };
  const request = {
    definition: JSON.stringify(state),
    roleArn: undefined,
    input: JSON.stringify(input),
    context: JSON.stringify(context),
    ...(state.Type === 'Task' ? { mock: { ...given, fieldValidationMode: 'NONE' } } : {}),
  };
  const { status = '', nextState, output, error: failed } = await client.send(new TestStateCommand(request));
  if (status === 'RETRIABLE') return { status };
  return {
    status,
    ...(nextState !== undefined && { nextState }),
    ...(status !== 'FAILED' && output !== undefined && { output: JSON.parse(output) }),
    ...(status === 'FAILED' && failed !== undefined && { error: failed }),
  };
}

/** What our engine does with the state. */
export async function onOurEngine({ stateName, state, input, error }: StateTest): Promise<StateOutcome> {
  const events: HistoryEvent[] = [];
  const machines = compileMachines({ main: machineAround(stateName, state) }, { validate: false });
  const perform = () => {
    if (error === undefined) return Promise.resolve(taskResult);
    return Promise.reject(Object.assign(new Error('given by the test'), { name: error }));
  };
  const result = await withVirtualTime({ startMs, seed: 1 }, (time) => {
    const onEvent = (event: HistoryEvent) => events.push(event);
    const handlers = { Act: perform };
    return startExecution({ machines, machine: 'main', name: 'state', input, time, handlers, onEvent }).result;
  });
  const [, next] = events.filter((event) => event.type.endsWith('StateEntered'));
  if (events.filter(({ type }) => type === 'LambdaFunctionScheduled').length > 1) return { status: 'RETRIABLE' };
  if (next !== undefined && 'stateName' in next && 'input' in next) {
    return {
      status: error === undefined ? 'SUCCEEDED' : 'CAUGHT_ERROR',
      nextState: next.stateName,
      output: next.input,
    };
  }
  if (result.status === 'SUCCEEDED') return { status: 'SUCCEEDED', output: result.output };
  return { status: 'FAILED', ...(result.error !== undefined && { error: result.error }) };
}

/** The state, and in the place of every state that it may lead to, one that ends. */
function machineAround(stateName: string, state: State): unknown {
  const others = JSON.stringify(state).match(/(?<="(Next|Default)":")\w+/g) ?? [];
  const ends = others.map((name) => [name, { Type: 'Pass', End: true }] as const);
  const isTask = state.Type === 'Task';
  // What a task asks for decides nothing here, and `$$.Task.Token` means something only to a callback.
  const { Parameters: asked, ...rest } = state;
  const task = { ...rest, Resource: functionArn('Act', LOCAL_RESIDENCE) };
  const tested = isTask ? task : { ...rest, ...(asked !== undefined && { Parameters: asked }) };
  return { StartAt: stateName, States: { ...Object.fromEntries(ends), [stateName]: tested } };
}
