/**
 * Turns state machine definitions into machines that the engine can run: fills in `${…}`, finds the handler behind
 * every Task, and takes out of the engine's hands what it does otherwise than AWS (engine.md section F2): Map and
 * Parallel become tasks that the local runner performs itself, every Task gets a timeout, and the machine's own
 * timeout is the local runner's to keep.
 */
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { type Residence, LOCAL_RESIDENCE, functionArn, resourceName, stateMachineArn } from './arns.ts';
import { type Definition, type State, type StateGraph, type StateType, parseDefinition } from './asl.ts';

/** The longest a timer can run, in seconds: 2^31 - 1 ms, about 24.8 days. Stands in for AWS's 99,999,999 seconds. */
export const TIMER_MAX_SECONDS = 2_147_483;

/** Stands for the task token in a state's parameters until the task is performed and has one. */
export const TASK_TOKEN_PLACEHOLDER = 'local:TaskToken';

/** The state put before a Map's own first one to evaluate its `ItemSelector`; not part of the history. */
export const SELECT_ITEM = 'local:SelectItem';

const NESTED_RESOURCE = 'arn:aws:states:::states:startExecution.sync:2';
const CALLBACK_RESOURCE = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const SEND_TASK_SUCCESS_RESOURCE = 'arn:aws:states:::aws-sdk:sfn:sendTaskSuccess';

/** How long a task may take; without either, as long as a timer can run. */
export interface TaskTimeout {
  /** The state's own timeout; absent when the state takes it from its input. */
  readonly timeoutSeconds?: number | undefined;
  readonly timeoutSecondsPath?: string | undefined;
}

/** What the local runner does itself when the engine reaches a state. */
export type Performance =
  | ({
      readonly kind: 'lambda' | 'callback';
      readonly handler: string;
      readonly functionArn: string;
    } & TaskTimeout)
  | ({ readonly kind: 'nested' | 'sendTaskSuccess' } & TaskTimeout)
  | { readonly kind: 'map'; readonly iteration: Scope; readonly concurrencyMax: number; readonly hasSelector: boolean }
  | { readonly kind: 'parallel'; readonly branches: readonly Scope[] };

/** States that run as one: a machine, one Map iteration or one Parallel branch. */
export interface Scope {
  readonly engine: StateMachine;
  /** Every state's kind as written in the definition. */
  readonly stateTypes: ReadonlyMap<string, StateType>;
  /** The states that the local runner performs. */
  readonly performances: ReadonlyMap<string, Performance>;
}

/** A state machine ready to run. */
export interface Machine {
  readonly name: string;
  readonly stateMachineArn: string;
  /** The definition with its substitutions made. */
  readonly definition: Definition;
  readonly timeoutSeconds: number | undefined;
  readonly scope: Scope;
  /** Keys of the handlers that its tasks call, sorted. */
  readonly handlers: readonly string[];
  readonly residence: Residence;
}

/** Machines by name; nested executions find each other here. */
export type Machines = ReadonlyMap<string, Machine>;

/** A definition asks for something that the local runner does not do, or names what does not exist. */
export class UnsupportedDefinitionError extends Error {
  override readonly name = 'UnsupportedDefinitionError';
}

/** Choices for {@link compileMachines}. */
export interface CompileOptions {
  /** Region and account of the ARNs; {@link LOCAL_RESIDENCE} if absent. */
  readonly residence?: Residence;
  /** Values for `${…}` beyond `${…FunctionArn}` and `${…StateMachineArn}`. */
  readonly substitutions?: Readonly<Record<string, string>>;
  /**
   * Whether to check each definition against the Amazon States Language, at some 70 ms a machine. True if absent; the
   * project's own files skip it because a test has checked them.
   */
  readonly validate?: boolean;
}

/**
 * Compiles definitions (parsed JSON by machine name). `${StartCutoverFunctionArn}` becomes the ARN of the handler
 * `StartCutover`, `${CutoverShiftStateMachineArn}` that of the machine `cutover-shift`.
 * @throws InvalidDefinitionError when a definition is not of the language's shape.
 * @throws UnsupportedDefinitionError for a feature outside the subset, or a `${…}` that stands for nothing.
 */
export function compileMachines(files: Readonly<Record<string, unknown>>, options: CompileOptions = {}): Machines {
  const residence = options.residence ?? LOCAL_RESIDENCE;
  const machineNames = new Set(Object.keys(files));
  const compile = ([name, file]: [string, unknown]): [string, Machine] => {
    const substituted = substitute(name, file, (variable) =>
      substitution(variable, machineNames, residence, options.substitutions ?? {}),
    );
    const definition = parseDefinition(name, substituted);
    if (options.validate !== false) {
      validateDefinition(name, definition);
    }
    return [name, compileMachine(name, definition, residence)];
  };
  return new Map(Object.entries(files).map(compile));
}

/**
 * Checks a definition against the Amazon States Language with the engine's own validator.
 * @throws UnsupportedDefinitionError with everything the validator found.
 */
export function validateDefinition(machine: string, definition: Definition): void {
  if (!isEngineDefinition(definition)) {
    return;
  }
  try {
    new StateMachine(definition);
  } catch (error) {
    throw new UnsupportedDefinitionError(`${machine}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function compileMachine(name: string, definition: Definition, residence: Residence): Machine {
  const handlers = new Set<string>();
  const compiler = new ScopeCompiler(name, handlers);
  return {
    name,
    stateMachineArn: stateMachineArn(name, residence),
    definition,
    timeoutSeconds: definition.TimeoutSeconds,
    scope: compiler.compile(definition),
    handlers: [...handlers].sort(),
    residence,
  };
}

function substitute(machine: string, file: unknown, valueOf: (variable: string) => string | undefined): unknown {
  const filled = JSON.stringify(file).replaceAll(/\$\{([^}]*)\}/g, (_, variable: string) => {
    const value = valueOf(variable);
    if (value === undefined) {
      throw new UnsupportedDefinitionError(`${machine}: nothing is known to put in the place of \${${variable}}.`);
    }
    return JSON.stringify(value).slice(1, -1);
  });
  return JSON.parse(filled);
}

function substitution(
  variable: string,
  machineNames: ReadonlySet<string>,
  residence: Residence,
  given: Readonly<Record<string, string>>,
): string | undefined {
  const handler = /^(\w+)FunctionArn$/.exec(variable)?.[1];
  if (handler !== undefined) {
    return functionArn(handler, residence);
  }
  const machine = /^(\w+)StateMachineArn$/.exec(variable)?.[1];
  if (machine !== undefined) {
    const name = machine.replaceAll(/(?<!^)(?=[A-Z])/g, '-').toLowerCase();
    return machineNames.has(name) ? stateMachineArn(name, residence) : undefined;
  }
  return given[variable];
}

/** Compiles one machine's scopes, collecting the handlers it meets. */
class ScopeCompiler {
  readonly #machine: string;
  readonly #handlers: Set<string>;

  constructor(machine: string, handlers: Set<string>) {
    this.#machine = machine;
    this.#handlers = handlers;
  }

  compile(graph: StateGraph, itemSelector?: unknown): Scope {
    if (graph['QueryLanguage'] !== undefined && graph['QueryLanguage'] !== 'JSONPath') {
      throw this.#unsupported('the machine', 'only JSONPath is understood');
    }
    const stateTypes = new Map<string, StateType>();
    const performances = new Map<string, Performance>();
    const states: Record<string, unknown> = {};
    for (const [stateName, state] of Object.entries(graph.States)) {
      stateTypes.set(stateName, state.Type);
      const performance = this.#performance(stateName, state);
      if (performance !== undefined) {
        performances.set(stateName, performance);
      }
      states[stateName] = engineState(state);
    }
    if (itemSelector !== undefined) {
      states[SELECT_ITEM] = { Type: 'Pass', Parameters: itemSelector, Next: graph.StartAt };
    }
    const startAt = itemSelector === undefined ? graph.StartAt : SELECT_ITEM;
    return { engine: this.#engine({ StartAt: startAt, States: states }), stateTypes, performances };
  }

  #engine(definition: unknown): StateMachine {
    if (!isEngineDefinition(definition)) {
      throw this.#unsupported('the machine', 'it is not a definition');
    }
    return new StateMachine(definition, { validationOptions: { noValidate: true } });
  }

  #performance(stateName: string, state: State): Performance | undefined {
    switch (state.Type) {
      case 'Task':
        return this.#task(stateName, state);
      case 'Map':
        return this.#map(stateName, state);
      case 'Parallel':
        return { kind: 'parallel', branches: (state.Branches ?? []).map((branch) => this.compile(branch)) };
      default:
        return undefined;
    }
  }

  #task(stateName: string, state: State): Performance {
    const resource = state.Resource ?? '';
    const timeout = { timeoutSeconds: state.TimeoutSeconds, timeoutSecondsPath: state.TimeoutSecondsPath };
    if (timeout.timeoutSecondsPath !== undefined && namesTaskFailed(state)) {
      throw this.#unsupported(stateName, 'States.TaskFailed beside a TimeoutSecondsPath is not understood');
    }
    if (resource === NESTED_RESOURCE) {
      return { kind: 'nested', ...timeout };
    }
    if (resource === SEND_TASK_SUCCESS_RESOURCE) {
      return { kind: 'sendTaskSuccess', ...timeout };
    }
    const kind = resource === CALLBACK_RESOURCE ? 'callback' : 'lambda';
    const arn = kind === 'callback' ? functionNameOf(state.Parameters) : resource;
    if (!/^arn:aws[\w-]*:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w-]+)?$/.test(arn)) {
      throw this.#unsupported(
        stateName,
        `the resource ${resource} ${kind === 'callback' ? 'names no function' : 'is not known'}`,
      );
    }
    const handler = resourceName(arn);
    this.#handlers.add(handler);
    return { kind, handler, functionArn: arn, ...timeout };
  }

  #map(stateName: string, state: State): Performance {
    const unknown = ['Iterator', 'Parameters', 'ItemReader', 'ItemBatcher', 'ResultWriter'].find((key) => key in state);
    if (unknown !== undefined || state.ItemProcessor === undefined) {
      throw this.#unsupported(
        stateName,
        `a Map is run with ItemProcessor and ItemSelector, without ${unknown ?? 'neither'}`,
      );
    }
    const mode = state.ItemProcessor.ProcessorConfig?.['Mode'] ?? 'INLINE';
    if (mode !== 'INLINE') {
      throw this.#unsupported(stateName, 'only an INLINE Map is run');
    }
    return {
      kind: 'map',
      iteration: this.compile(state.ItemProcessor, state.ItemSelector),
      concurrencyMax: state.MaxConcurrency ?? 0,
      hasSelector: state.ItemSelector !== undefined,
    };
  }

  #unsupported(where: string, what: string): UnsupportedDefinitionError {
    return new UnsupportedDefinitionError(`${this.#machine}: ${where}: ${what}.`);
  }
}

/** The state as the engine gets it. */
function engineState(state: State): State {
  switch (state.Type) {
    case 'Task':
      return engineTask(state);
    case 'Map': {
      const path = state.MaxConcurrencyPath;
      const concurrency = path === undefined ? {} : { 'concurrencyMax.$': path };
      const parameters = { 'items.$': state.ItemsPath ?? '$', 'input.$': '$', ...concurrency };
      return performed({ ...state, Parameters: parameters });
    }
    case 'Parallel':
      return performed(state);
    default:
      return state;
  }
}

/** A Map or Parallel in the guise of a Task: its paths, Retry, Catch and successor stay with the engine. */
function performed(state: State): State {
  return { ...state, Type: 'Task', Resource: 'local:perform', TimeoutSeconds: TIMER_MAX_SECONDS };
}

/**
 * The engine gives up a Task without a timeout after 60 s, looks for a timeout's path in what Parameters make of the
 * input, and gives a timeout a Cause where AWS leaves it empty: so timeouts are the local runner's to keep. Only of its
 * own timeout, though, does the engine know that `States.TaskFailed` does not match it.
 */
function engineTask(state: State): State {
  const seconds = namesTaskFailed(state) ? state.TimeoutSeconds : undefined;
  const timeout = { TimeoutSeconds: Math.min(seconds ?? TIMER_MAX_SECONDS, TIMER_MAX_SECONDS) };
  const parameters = state.Resource === CALLBACK_RESOURCE ? { Parameters: withTokenPlaceholder(state.Parameters) } : {};
  return { ...state, ...timeout, ...parameters };
}

/** Whether a retrier or catcher of the state is for `States.TaskFailed`. */
function namesTaskFailed(state: State): boolean {
  return JSON.stringify([state['Retry'], state['Catch']]).includes('"States.TaskFailed"');
}

/** The engine knows no `$$.Task.Token`: a placeholder takes its place until the task is performed. */
function withTokenPlaceholder(template: unknown): unknown {
  if (Array.isArray(template)) {
    return template.map(withTokenPlaceholder);
  }
  if (typeof template !== 'object' || template === null) {
    return template;
  }
  const entries = Object.entries(template).map(([key, value]): [string, unknown] =>
    value === '$$.Task.Token' && key.endsWith('.$')
      ? [key.slice(0, -2), TASK_TOKEN_PLACEHOLDER]
      : [key, withTokenPlaceholder(value)],
  );
  return Object.fromEntries(entries);
}

function functionNameOf(parameters: unknown): string {
  const name =
    typeof parameters === 'object' && parameters !== null && 'FunctionName' in parameters
      ? parameters.FunctionName
      : undefined;
  return typeof name === 'string' ? name : '';
}

/** The engine's own type is narrower than what it runs; its validator is the judge of what it accepts. */
function isEngineDefinition(definition: unknown): definition is StateMachineDefinition {
  return typeof definition === 'object' && definition !== null && 'States' in definition && 'StartAt' in definition;
}
