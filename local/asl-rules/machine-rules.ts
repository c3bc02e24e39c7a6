/** Rules over a machine as a whole: what it must say about itself, and that its states form one connected path. */
import type { StateGraph } from '../asl.ts';
import { jsonBytes } from '../json.ts';
import {
  type MachineRule,
  type RuleName,
  type StateRule,
  type Violation,
  branchesOf,
  statesOf,
  violationIf,
} from './rule.ts';

const DEFINITION_MAX_BYTES = 1_048_576;

const comment: MachineRule = (definition) =>
  machineViolationIf(
    (definition.Comment ?? '').trim() === '',
    'machine-comment',
    'The machine has no Comment that states its input, output and promise.',
  );

const timeout: MachineRule = (definition) =>
  machineViolationIf(
    definition.TimeoutSeconds === undefined,
    'machine-timeout',
    'The machine has no TimeoutSeconds and could wait for a year.',
  );

const size: MachineRule = (definition) =>
  machineViolationIf(
    jsonBytes(definition) > DEFINITION_MAX_BYTES,
    'machine-size',
    `The definition is larger than ${DEFINITION_MAX_BYTES} bytes.`,
  );

const queryLanguage: MachineRule = (definition) =>
  machineViolationIf(
    definition['QueryLanguage'] !== 'JSONPath',
    'query-language',
    'The machine does not name JSONPath as its QueryLanguage; the engine would pass JSONata through unevaluated.',
  );

/** The engine's task overrides and every reader of a history go by the state's name alone. */
const namesUnique: MachineRule = (definition) => {
  const names = statesOf(definition).map(({ stateName }) => stateName);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((stateName) => ({
    rule: 'state-names-unique',
    stateName,
    message: 'The name is used by more than one state of the file.',
  }));
};

const reachable: MachineRule = (definition) => unreachableIn(definition);

function unreachableIn(graph: StateGraph): Violation[] {
  const reached = new Set<string>();
  const ahead = [graph.StartAt];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const state = graph.States[name];
    if (state !== undefined && !reached.has(name)) {
      reached.add(name);
      ahead.push(...successorsOf(state));
    }
  }
  return Object.entries(graph.States).flatMap(([stateName, state]) => [
    ...(reached.has(stateName) ? [] : [unreachable(stateName)]),
    ...branchesOf(state).flatMap(unreachableIn),
  ]);
}

function unreachable(stateName: string): Violation {
  return { rule: 'state-reachable', stateName, message: 'No state leads here.' };
}

/** All states that a state names as its next. */
function successorsOf(state: StateGraph['States'][string]): string[] {
  return [
    state.Next,
    state.Default,
    ...(state.Catch ?? []).map(({ Next }) => Next),
    ...(state.Choices ?? []).map(({ Next: next }) => (typeof next === 'string' ? next : undefined)),
  ].filter((name) => name !== undefined);
}

const nextExists: StateRule = (site) => {
  const { state, graph } = site;
  const missing = successorsOf(state).filter((name) => !Object.hasOwn(graph.States, name));
  const goesOn = state.Next !== undefined || state.End === true;
  const mustGoOn = !['Choice', 'Succeed', 'Fail'].includes(state.Type);
  const badStarts = branchesOf(state).filter((branch) => !Object.hasOwn(branch.States, branch.StartAt));
  return [
    ...missing.flatMap((name) => violationIf(true, 'next-exists', site, `There is no state '${name}' to go on to.`)),
    ...badStarts.flatMap((branch) => violationIf(true, 'next-exists', site, `There is no state '${branch.StartAt}'.`)),
    ...violationIf(mustGoOn && !goesOn, 'next-exists', site, 'The state has neither Next nor End.'),
  ];
};

const startExists: MachineRule = (definition) =>
  machineViolationIf(
    !Object.hasOwn(definition.States, definition.StartAt),
    'next-exists',
    `There is no state '${definition.StartAt}' to start at.`,
  );

function machineViolationIf(isViolated: boolean, rule: RuleName, message: string): Violation[] {
  return isViolated ? [{ rule, message }] : [];
}

/** Rules over the file as a whole. */
export const machineRules: readonly MachineRule[] = [
  comment,
  timeout,
  size,
  queryLanguage,
  namesUnique,
  reachable,
  startExists,
];

/** Rules over the way from one state to the next. */
export const pathOfStatesRules: readonly StateRule[] = [nextExists];
