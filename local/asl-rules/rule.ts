/** What a rule over a state machine file is, and how it sees the file. */
import type { Definition, State, StateGraph } from '../asl.ts';

/** Names that every rule goes by. */
export const RULE_NAMES = [
  'machine-comment',
  'machine-timeout',
  'machine-size',
  'query-language',
  'state-names-unique',
  'next-exists',
  'state-reachable',
  'task-resource',
  'task-timeout',
  'task-heartbeat',
  'task-retry',
  'task-catch',
  'retry-fields',
  'retry-mutation',
  'error-name',
  'states-all-last',
  'task-failed-outside-task',
  'catch-result-path',
  'result-path-root',
  'path-subset',
  'context-object',
  'choice-is-false',
  'choice-default',
  'pass-result',
  'wait-seconds',
  'fail-cause-path',
  'intrinsic-subset',
  'map-inline',
  'map-concurrency',
  'map-fields',
  'branch-cannot-fail',
  'branch-retry',
] as const;

/** One of {@link RULE_NAMES}. */
export type RuleName = (typeof RULE_NAMES)[number];

/** A place where a file leaves the subset of the language that the engine and AWS run alike, or that is safe. */
export interface Violation {
  readonly rule: RuleName;
  /** The state concerned; absent when it is the machine as a whole. */
  readonly stateName?: string;
  readonly message: string;
}

/** What the rules cannot read from the file. */
export interface RuleOptions {
  /** Every error that a handler throws by name, beside Step Functions' and Lambda's own. */
  readonly errorNames: readonly string[];
  /** Task states whose repetition is not harmless: they are retried by error name only. */
  readonly mutatingStates: readonly string[];
  /** Task states that may go without Catch, each with the reason. */
  readonly uncaughtStates?: Readonly<Record<string, string>>;
}

/** A state and where it stands. */
export interface StateSite {
  readonly stateName: string;
  readonly state: State;
  /** The states among which it may choose its next one. */
  readonly graph: StateGraph;
  /** Whether it is part of a Map iteration or Parallel branch. */
  readonly isInBranch: boolean;
}

/** A rule over one state. */
export type StateRule = (site: StateSite, options: RuleOptions) => Violation[];

/** A rule over a whole file. */
export type MachineRule = (definition: Definition) => Violation[];

/** Every state of a machine, those within Maps and Parallels included, in the order of the file. */
export function statesOf(definition: Definition): StateSite[] {
  return sitesOf(definition, false);
}

/** The graphs within a Map or Parallel state: its item processor or its branches. */
export function branchesOf(state: State): readonly StateGraph[] {
  return [...(state.ItemProcessor === undefined ? [] : [state.ItemProcessor]), ...(state.Branches ?? [])];
}

/** Whether a state makes branches of the execution. */
export function isContainer(state: State): boolean {
  return state.Type === 'Map' || state.Type === 'Parallel';
}

/** One violation if the condition holds, none otherwise. */
export function violationIf(isViolated: boolean, rule: RuleName, site: StateSite, message: string): Violation[] {
  return isViolated ? [{ rule, stateName: site.stateName, message }] : [];
}

function sitesOf(graph: StateGraph, isInBranch: boolean): StateSite[] {
  return Object.entries(graph.States).flatMap(([stateName, state]) => [
    { stateName, state, graph, isInBranch },
    ...branchesOf(state).flatMap((branch) => sitesOf(branch, true)),
  ]);
}
