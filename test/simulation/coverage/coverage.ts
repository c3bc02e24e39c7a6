/**
 * What the nights of the suite have really met, as counted facts: a suite in which a fault never struck or an edge of a
 * state machine was never taken proves nothing about it, however green it is.
 *
 * One `createCoverage()` counts for one night:
 *
 *   coverage.ofWalk(walk)      once for every execution that ended, whatever it ended with
 *   coverage.ofRun(left)       once for every run of the ledger, at the end of the night
 *   coverage.ofFaults(engine)  the simulator's rules in force, before they are lifted
 *   coverage.count(fact)       what only the player of a script sees: `act start` and `act stop`, `act go on` (an
 *                              execution of a name that has ended is started again), `act second` (one is started while
 *                              another of its name runs), `foreign act ACT` once its moment has come, `clock skew`, and
 *                              `step fault KIND`, `ledger fault KIND`, `hook fault KIND` as they strike
 *   coverage.facts()           how often each fact was seen
 *
 * `mergeFacts` adds a night to the sum of a suite. `missingFacts` names what is required and was never seen, and what is
 * held to be unreachable and was seen all the same; `required-facts.ts` says what is required.
 */
import type { FaultEngine } from '../../../simulator/faults/fault-engine.ts';
import type { RunLeft, Walk } from '../../support/a-run.ts';
import { mgnFaultFact } from './fault-facts.ts';
import { requiredFacts, unreachableFacts } from './required-facts.ts';
import { countRun } from './run-facts.ts';
import { countHistory } from './walk-facts.ts';

/** How often each fact was seen, by its name. */
export type Facts = ReadonlyMap<string, number>;

/** Counts facts. */
export interface Coverage {
  /** Counts one fact once more, or `times` more. */
  count(fact: string, times?: number): void;
  /** Counts what an execution and those nested in it went through. */
  ofWalk(walk: Pick<Walk, 'events'>): void;
  /** Counts what became of a run. */
  ofRun(left: RunLeft): void;
  /** Counts how often the simulator's rules have fired. */
  ofFaults(faults: Pick<FaultEngine, 'list'>): void;
  facts(): Facts;
}

/** A coverage with nothing counted. */
export function createCoverage(): Coverage {
  const facts = new Map<string, number>();
  const count = (fact: string, times = 1) => {
    facts.set(fact, (facts.get(fact) ?? 0) + times);
  };
  return {
    count,
    ofWalk: ({ events }) => {
      countHistory(events, count);
    },
    ofRun: (left) => {
      countRun(left, count);
    },
    ofFaults: (faults) => {
      for (const { rule, timesFired } of faults.list()) {
        if (timesFired > 0) count(mgnFaultFact(rule), timesFired);
      }
    },
    facts: () => facts,
  };
}

/** Adds a night's facts to a sum. */
export function mergeFacts(sum: Map<string, number>, facts: Facts): void {
  for (const [fact, times] of facts) sum.set(fact, (sum.get(fact) ?? 0) + times);
}

/**
 * What is wrong with the coverage of a whole suite, a line each: `never seen: FACT` for what is required, `seen though
 * held to be unreachable: FACT` for an exception that is none; empty when the suite met everything.
 */
export function missingFacts(facts: Facts): string[] {
  const unreachable = unreachableFacts();
  const missing = requiredFacts().filter((fact) => !facts.has(fact) && !unreachable.has(fact));
  const reached = [...unreachable.keys()].filter((fact) => facts.has(fact));
  return [
    ...missing.map((fact) => `never seen: ${fact}`),
    ...reached.map((fact) => `seen though held to be unreachable: ${fact}`),
  ];
}
