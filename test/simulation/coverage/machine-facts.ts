/** What can happen in the state machines, as facts by name, read from the files of `statemachine/`. */
import type { Catcher, Retrier, State, StateGraph } from '../../../local/asl.ts';
import { stateMachines } from '../../../local/state-machines.ts';

/** A state with the names of what can happen in it. */
export interface StateFacts {
  readonly state: State;
  /** `state MACHINE/STATE`. */
  readonly entered: string;
  /** `retry MACHINE/STATE INDEX`, by the index of the entry of `Retry`. */
  readonly retries: readonly string[];
  /** `catch MACHINE/STATE INDEX -> NEXT`, by the index of the entry of `Catch`. */
  readonly catches: readonly string[];
  /** `choice MACHINE/STATE INDEX -> NEXT`, by the index of the entry of `Choices`; `default` stands for the last. */
  readonly choices: readonly string[];
}

/** Every state of every machine, by `MACHINE/STATE`; the states inside a Map are among them. */
export function machineFacts(): ReadonlyMap<string, StateFacts> {
  known ??= new Map(
    [...stateMachines()].flatMap(([machine, { definition }]) =>
      statesOf(definition).map(([name, state]) => [`${machine}/${name}`, factsOf(`${machine}/${name}`, state)]),
    ),
  );
  return known;
}

let known: ReadonlyMap<string, StateFacts> | undefined;

function statesOf(graph: StateGraph): [string, State][] {
  return Object.entries(graph.States).flatMap(([name, state]): [string, State][] => [
    [name, state],
    ...[...(state.ItemProcessor === undefined ? [] : [state.ItemProcessor]), ...(state.Branches ?? [])].flatMap(
      statesOf,
    ),
  ]);
}

function factsOf(place: string, state: State): StateFacts {
  const { Retry: retriers = [], Catch: catchers = [], Choices: choices = [], Default: fallback } = state;
  return {
    state,
    entered: `state ${place}`,
    retries: retriers.map((_, index) => `retry ${place} ${String(index)}`),
    catches: catchers.map(({ Next: next }, index) => `catch ${place} ${String(index)} -> ${next}`),
    choices: [
      ...choices.map((rule, index) => `choice ${place} ${String(index)} -> ${targetOf(rule)}`),
      ...(fallback === undefined ? [] : [`choice ${place} default -> ${fallback}`]),
    ],
  };
}

function targetOf(rule: Readonly<Record<string, unknown>>): string {
  return typeof rule['Next'] === 'string' ? rule['Next'] : '';
}

/** Index of the entry of `Retry` or `Catch` that is for an error: as in Step Functions the first that names it; -1 if none. */
export function entryFor(entries: readonly (Retrier | Catcher)[] | undefined, error: string): number {
  return (entries ?? []).findIndex(({ ErrorEquals: names }) => names.some((name) => matches(name, error)));
}

function matches(name: string, error: string): boolean {
  if (name === 'States.ALL') return true;
  return name === 'States.TaskFailed' ? error !== 'States.Timeout' : name === error;
}
