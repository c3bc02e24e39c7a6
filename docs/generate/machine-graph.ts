/**
 * A state machine definition as a graph to be drawn: every state with its details in words, every way from one state to
 * another (Next, each rule of a Choice and its default, each Catch), and what states are nested in.
 */
import type { Retrier, State, StateGraph, StateType } from '../../local/asl.ts';
import { errorsInWords } from './error-families.ts';
import { ruleInWords } from './choice-words.ts';

/** One state. */
export interface DiagramNode {
  readonly name: string;
  readonly type: StateType;
  /** What stands under the name, a line each: kind, function, time limit, retries. */
  readonly details: readonly string[];
  /** All there is to say, for a tooltip and for whoever cannot see the picture. */
  readonly title: string;
}

/** One way from a state to another. */
export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'next' | 'choice' | 'default' | 'catch' | 'item';
  /** The condition, the errors, or nothing where the way is simply the next. */
  readonly label: string;
}

/** States within a Map or a Parallel: those of one item or of one branch. */
export interface DiagramGroup {
  /** The Map or Parallel state. */
  readonly owner: string;
  readonly label: string;
  readonly names: readonly string[];
}

/** A whole machine. */
export interface MachineGraph {
  readonly startAt: string;
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
  readonly groups: readonly DiagramGroup[];
}

/** Makes the graph of a definition; names of states are unique in a machine, so they name the nodes. */
export function machineGraph(definition: StateGraph): MachineGraph {
  const parts = Object.entries(definition.States).map(([name, state]) => graphOfState(name, state));
  return {
    startAt: definition.StartAt,
    nodes: parts.flatMap(({ nodes }) => nodes),
    edges: parts.flatMap(({ edges }) => edges),
    groups: parts.flatMap(({ groups }) => groups),
  };
}

function graphOfState(name: string, state: State): Omit<MachineGraph, 'startAt'> {
  const inner = innerGraphs(state).map((graph) => ({ label: graph.label, ...machineGraph(graph.states) }));
  return {
    nodes: [nodeOf(name, state), ...inner.flatMap(({ nodes }) => nodes)],
    edges: [
      ...edgesOf(name, state),
      ...inner.map(({ startAt, label }) => ({ from: name, to: startAt, kind: 'item', label }) as const),
      ...inner.flatMap(({ edges }) => edges),
    ],
    groups: inner.flatMap(({ label, nodes, groups }) => [
      { owner: name, label: `${name}: ${label}`, names: nodes.map((node) => node.name) },
      ...groups,
    ]),
  };
}

function innerGraphs(state: State): { readonly label: string; readonly states: StateGraph }[] {
  const { ItemProcessor, Branches = [], MaxConcurrency } = state;
  const atOnce = MaxConcurrency === undefined ? '' : `, at most ${String(MaxConcurrency)} at once`;
  return [
    ...(ItemProcessor === undefined ? [] : [{ label: `for each item${atOnce}`, states: ItemProcessor }]),
    ...Branches.map((states, index) => ({ label: `branch ${String(index + 1)}`, states })),
  ];
}

function nodeOf(name: string, state: State): DiagramNode {
  const kind = [state.Type, workOf(name, state), limitOf(state), state.End === true ? 'ends here' : undefined];
  const retries = (state.Retry ?? []).map(retrierInWords);
  const details = [kind.filter((part) => part !== undefined && part !== '').join(' · ')];
  const comment = typeof state['Comment'] === 'string' ? state['Comment'] : '';
  return {
    name,
    type: state.Type,
    details: [...details, ...wrapParts(retries.length === 0 ? [] : ['retries', ...retries.map(withComma)], 50)],
    title: [`${name}: ${details.join('')}.`, comment, ...(state.Retry ?? []).map(retrierInFull)]
      .filter((part) => part !== '')
      .join(' '),
  };
}

/** What a state does, where its name does not say it: the function it calls, the machine it runs, the time it waits. */
function workOf(name: string, state: State): string | undefined {
  const { Resource = '', Parameters } = state;
  const [, variable] = /\$\{(\w+)FunctionArn\}/.exec(`${Resource} ${JSON.stringify(Parameters ?? {})}`) ?? [];
  const [, machine] = /\$\{(\w+)StateMachineArn\}/.exec(JSON.stringify(Parameters ?? {})) ?? [];
  if (state.Type === 'Wait') return waitOf(state);
  if (state.Type === 'Fail') return failureOf(state);
  if (machine !== undefined) return `runs ${kebab(machine)}`;
  if (Resource.endsWith('.waitForTaskToken')) return `${variable ?? 'task'}, waits for a call back`;
  if (variable !== undefined) return variable === name ? undefined : `calls ${variable}`;
  return Resource === '' ? undefined : Resource.replace(/^arn:aws:states:::(aws-sdk:)?/, '');
}

function waitOf(state: State): string {
  const { Seconds, SecondsPath } = state;
  return typeof SecondsPath === 'string' ? SecondsPath.replace('$.', '') : durationInWords(Number(Seconds));
}

function failureOf(state: State): string {
  const { Error: name, ErrorPath } = state;
  return typeof name === 'string' ? name : `the error in ${String(ErrorPath).replace('$.', '')}`;
}

function limitOf({ TimeoutSeconds, TimeoutSecondsPath }: State): string | undefined {
  if (TimeoutSecondsPath !== undefined) return `for ${TimeoutSecondsPath.replace('$.', '')}`;
  return TimeoutSeconds === undefined ? undefined : `≤ ${durationInWords(TimeoutSeconds)}`;
}

/** 300 → "5 min"; the largest unit that leaves a whole number. */
export function durationInWords(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const;
  const fits = units.find(([size]) => seconds >= size && seconds % size === 0);
  return fits === undefined ? `${String(seconds)} s` : `${String(seconds / fits[0])} ${fits[1]}`;
}

function retrierInWords({ ErrorEquals, MaxAttempts = 3 }: Retrier): string {
  return `${errorsInWords(ErrorEquals)} ${String(MaxAttempts)}×`;
}

function retrierInFull({ ErrorEquals, MaxAttempts = 3, IntervalSeconds = 1, BackoffRate = 2 }: Retrier): string {
  const waits = `first after ${String(IntervalSeconds)} s, then ${String(BackoffRate)} times as long each time`;
  return `Tried again at most ${String(MaxAttempts)} times on ${ErrorEquals.join(', ')} (${waits}).`;
}

function edgesOf(from: string, state: State): DiagramEdge[] {
  const { Choices = [], Catch = [], Default, Next } = state;
  const isNumbered = Choices.length > 1;
  const choices = Choices.map((rule, index) => ({
    from,
    to: String(rule['Next']),
    kind: 'choice' as const,
    label: `${isNumbered ? `${String(index + 1)}. ` : ''}${ruleInWords(rule)}`,
  }));
  const catches = Catch.map(({ ErrorEquals, Next: to }) => ({
    from,
    to,
    kind: 'catch' as const,
    label: errorsInWords(ErrorEquals),
  }));
  return [
    ...(Next === undefined ? [] : [{ from, to: Next, kind: 'next' as const, label: '' }]),
    ...choices,
    ...(Default === undefined ? [] : [{ from, to: Default, kind: 'default' as const, label: 'otherwise' }]),
    ...catches,
  ];
}

function withComma(part: string, index: number, all: readonly string[]): string {
  return index < all.length - 1 ? `${part},` : part;
}

/** Breaks a text between words into lines of at most `width` characters, or of one word. */
export function wrap(text: string, width: number): string[] {
  return wrapParts(
    text.split(' ').filter((word) => word !== ''),
    width,
  );
}

function wrapParts(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= width) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines;
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
