/** What happened in an execution and in those nested in it, told from its history alone. */
import type { HistoryEvent } from '../../../local/history.ts';
import { chosenBranch } from './choice-rule.ts';
import { entryFor, machineFacts, type StateFacts } from './machine-facts.ts';

/** The state that a scope (an execution, an iteration of a Map) is in, and how its latest attempt failed. */
interface Current {
  readonly place: string;
  readonly facts: StateFacts;
  /** Where the Choice state it came from leads to. */
  readonly branch: string | undefined;
  error: string | undefined;
}

/** A history that the state machine's file does not allow; the message names the state. */
export class ImpossibleHistoryError extends Error {
  override readonly name = 'ImpossibleHistoryError';
}

/**
 * Counts the states entered, the branches taken, which entry of `Retry` led to another attempt, which entry of `Catch`
 * to the next state, and how executions ended.
 * @throws ImpossibleHistoryError where the history and the file of the machine disagree.
 */
export function countHistory(events: readonly HistoryEvent[], count: (fact: string) => void): void {
  const scopes = new Map<string, Current>();
  for (const event of events) {
    if (!('stateName' in event)) {
      countEnd(event, count);
      continue;
    }
    const scope = `${event.executionArn} ${event.iterations.join(' ')}`;
    const current = scopes.get(scope);
    if (event.type.endsWith('StateEntered') && 'input' in event) {
      if (current !== undefined) countPassage(current, event.stateName, count);
      scopes.set(scope, entered(`${event.machine}/${event.stateName}`, event.input, count));
    } else if (current !== undefined && 'attempt' in event) {
      countAttempt(current, event, count);
    }
  }
}

function countEnd(event: HistoryEvent, count: (fact: string) => void): void {
  if (!('status' in event)) return;
  count(`ended ${event.machine} ${event.status}`);
  if (event.error !== undefined) count(`error ${event.machine} ${event.error}`);
}

function entered(place: string, input: unknown, count: (fact: string) => void): Current {
  const facts = machineFacts().get(place);
  if (facts === undefined) throw new ImpossibleHistoryError(place);
  count(facts.entered);
  const { Choices: rules } = facts.state;
  const branch = rules === undefined ? undefined : facts.choices[chosenBranch(rules, input)];
  return { place, facts, branch, error: undefined };
}

/** The way from one state of a scope to the next one. */
function countPassage({ place, facts, branch, error }: Current, next: string, count: (fact: string) => void): void {
  const passage = branch ?? (error === undefined ? undefined : facts.catches[entryFor(facts.state.Catch, error)]);
  if (passage === undefined) return;
  if (!passage.endsWith(` -> ${next}`)) throw new ImpossibleHistoryError(`${place} led to ${next}, not by ${passage}`);
  count(passage);
}

type AttemptEvent = Extract<HistoryEvent, { readonly attempt: number }>;

function countAttempt(current: Current, event: AttemptEvent, count: (fact: string) => void): void {
  const { facts, error } = current;
  const { Retry: retriers } = facts.state;
  if (event.error !== undefined) {
    current.error = event.error;
    // An entry that allows no further attempt does its work by that.
    const index = entryFor(retriers, event.error);
    if (retriers?.[index]?.MaxAttempts === 0) countIfAny(facts.retries[index], count);
  } else if (error !== undefined && event.type.endsWith('Scheduled')) {
    current.error = undefined;
    countIfAny(facts.retries[entryFor(retriers, error)], count);
  }
}

function countIfAny(fact: string | undefined, count: (fact: string) => void): void {
  if (fact !== undefined) count(fact);
}
