/**
 * Applies fault rules to calls. Each rule counts the calls it looks at and draws from a stream of its own, so one seed
 * and one order of calls always meet the same faults.
 */
import { MgnException } from '../exceptions.ts';
import { seededRandom } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import type { NeighbourOperationName, OperationName } from '../wire/operation-names.ts';
import type { FaultRule } from './fault-rule.ts';

/** How a fault ends a call; only `lostAnswer` lets the call take effect first. */
export type FaultEnding =
  | { readonly kind: 'refuse'; readonly exception: MgnException; readonly retryAfterSeconds?: number }
  | { readonly kind: 'serverError'; readonly status: 500 | 502 | 503 }
  | { readonly kind: 'reset' }
  | { readonly kind: 'lostAnswer'; readonly ending: 'reset' | 'timeout' | 'serverError' };

/** All that the rules do to one call: durations in milliseconds of the simulator's clock. */
export interface Interference {
  readonly delayMs: number;
  readonly staleMs: number;
  readonly ending: FaultEnding | undefined;
}

/** A rule in force, as the control path lists it. */
export interface FaultInForce {
  readonly faultID: string;
  readonly rule: FaultRule;
  /** Calls the rule has looked at within its moment, and how often it fired. */
  readonly callsSeen: number;
  readonly timesFired: number;
}

/** The rules in force and their memory. */
export interface FaultEngine {
  /** What the rules do to this call, `seconds` after the start. Counts the call. */
  readonly decide: (operation: OperationName | NeighbourOperationName, seconds: number) => Interference;
  readonly list: () => FaultInForce[];
  /** Puts one more rule in force, after the others; answers its id. */
  readonly add: (rule: FaultRule) => string;
  /** Lifts one rule; false when no rule has that id. */
  readonly remove: (faultID: string) => boolean;
  readonly clear: () => void;
}

interface ArmedRule {
  readonly rule: FaultRule;
  readonly random: Random;
  callsSeen: number;
  timesFired: number;
}

/** Only the operations of services beside MGN have a prefix. */
const looksAt = ({ operation, fromSeconds = 0, toSeconds = Infinity }: FaultRule, called: string, seconds: number) =>
  (operation === called || (operation === '*' && !called.includes(':'))) &&
  seconds >= fromSeconds &&
  seconds < toSeconds;

/** Counts the call and tells whether the rule is due; draws exactly once a call, so conditions shift no later draw. */
const isDue = (armed: ArmedRule): boolean => {
  const { rule } = armed;
  armed.callsSeen += 1;
  const drawn = armed.random() < (rule.probability ?? 1);
  return (
    drawn &&
    armed.callsSeen <= (rule.firstCalls ?? Infinity) &&
    (rule.nthCalls?.includes(armed.callsSeen) ?? true) &&
    armed.timesFired < (rule.timesMax ?? Infinity)
  );
};

const throttled = (retryAfterSeconds: number): FaultEnding => ({
  kind: 'refuse',
  exception: new MgnException('ThrottlingException', 'Rate exceeded', { serviceCode: 'mgn' }),
  retryAfterSeconds,
});

const endingOf = (rule: FaultRule): FaultEnding | undefined => {
  switch (rule.fault) {
    case 'throttle':
      return throttled(rule.retryAfterSeconds ?? 1);
    case 'serverError':
      return { kind: 'serverError', status: rule.status ?? 500 };
    case 'reset':
      return { kind: 'reset' };
    case 'lostAnswer':
      return { kind: 'lostAnswer', ending: rule.ending ?? 'reset' };
    case 'refuse': {
      const message = rule.message ?? `Refused by a fault rule of the simulator (${rule.operation}).`;
      return { kind: 'refuse', exception: new MgnException(rule.exception, message, rule.members) };
    }
    case 'delay':
    case 'staleRead':
      return undefined;
  }
};

const delayOf = (rule: FaultRule): number => {
  if (rule.fault === 'delay') return rule.delayMs;
  return rule.fault === 'lostAnswer' ? (rule.afterMs ?? 0) : 0;
};

const staleOf = ({ rule, random }: ArmedRule): number =>
  rule.fault === 'staleRead' ? Math.round(random() * rule.staleSecondsMax * 1000) : 0;

/** A call ends once: a rule that would end it again does not fire. */
const fire = (sofar: Interference, armed: ArmedRule): Interference => {
  const ending = endingOf(armed.rule);
  if (ending !== undefined && sofar.ending !== undefined) return sofar;
  armed.timesFired += 1;
  return {
    delayMs: sofar.delayMs + delayOf(armed.rule),
    staleMs: Math.max(sofar.staleMs, staleOf(armed)),
    ending: sofar.ending ?? ending,
  };
};

/** A call that no rule looks at. */
export const undisturbed: Interference = { delayMs: 0, staleMs: 0, ending: undefined };

/** An engine with the scenario's rules in force. */
export const createFaultEngine = (rules: readonly FaultRule[], seed: number): FaultEngine => {
  const armedRules = new Map<string, ArmedRule>();
  let added = 0;
  const add = (rule: FaultRule): string => {
    added += 1;
    const faultID = `fault-${String(added)}`;
    armedRules.set(faultID, { rule, random: seededRandom(seed, faultID), callsSeen: 0, timesFired: 0 });
    return faultID;
  };
  rules.forEach(add);
  return {
    decide: (operation, seconds) => {
      let interference = undisturbed;
      for (const armed of armedRules.values()) {
        if (looksAt(armed.rule, operation, seconds) && isDue(armed)) interference = fire(interference, armed);
      }
      return interference;
    },
    list: () =>
      [...armedRules].map(([faultID, { rule, callsSeen, timesFired }]) => ({ faultID, rule, callsSeen, timesFired })),
    add,
    remove: (faultID) => armedRules.delete(faultID),
    clear: () => {
      armedRules.clear();
    },
  };
};
