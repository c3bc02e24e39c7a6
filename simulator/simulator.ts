/**
 * The simulator: a world, the faults in force and the log of calls, behind one function that turns a request into an
 * answer. It keeps no timers and reads no clock but the one it is given; both doors and the control path stand on it.
 */
import { createCallLog } from './call-log.ts';
import type { CallCounts, CallRecord } from './call-log.ts';
import { actingAccount, callerOf, worldFor } from './caller.ts';
import type { Circumstances } from './caller.ts';
import type { ConnectionLoss } from './connection-lost-error.ts';
import { neighbourRequestOf } from './ec2/answer.ts';
import type { NeighbourAnswer, NeighbourRequest } from './ec2/answer.ts';
import { MgnException } from './exceptions.ts';
import { createFaultEngine, undisturbed } from './faults/fault-engine.ts';
import type { FaultEnding, FaultEngine, Interference } from './faults/fault-engine.ts';
import { operationTable } from './operation-table.ts';
import type { Scenario } from './scenario/scenario-schema.ts';
import { randomText, seededRandom } from './seeded-random.ts';
import { jsonResponse } from './wire/http-message.ts';
import type { WireRequest, WireResponse } from './wire/http-message.ts';
import type { OperationName } from './wire/operation-names.ts';
import { parseBody } from './wire/parse-body.ts';
import { errorResponse, refusal, serverErrorResponse, unknownOperation, unmodelledOperation } from './wire/refusals.ts';
import { route } from './wire/route.ts';
import { runForeignActs } from './world/foreign-activity.ts';
import { createWorld } from './world/create-world.ts';
import type { World } from './world/world.ts';

/** What a simulator is made of. */
export interface SimulatorOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** The simulator's clock, in epoch milliseconds; the scenario's start is what it shows at creation. */
  readonly now: () => number;
  /** The clock of whoever calls, which the end of a session is told by; the simulator's own if absent. */
  readonly callerNow?: () => number;
  /** Hears of every call after it was answered. */
  readonly onCall?: (call: CallRecord) => void;
}

/** How a request ends for its caller. */
export type Outcome =
  | { readonly kind: 'response'; readonly response: WireResponse }
  | { readonly kind: 'lost'; readonly how: ConnectionLoss };

/** An outcome, due after a delay in milliseconds of the simulator's clock; what the call did is done already. */
export interface Answer {
  readonly outcome: Outcome;
  readonly delayMs: number;
}

/** A running simulator. */
export interface Simulator {
  readonly answer: (request: WireRequest) => Answer;
  /** The world of the scenario's Region as it is, with what others have done by now; the other Regions are in it. */
  readonly world: () => World;
  readonly now: () => number;
  readonly faults: () => FaultEngine;
  readonly callCounts: () => CallCounts;
  /** Starts over: the scenario's world at the clock's present moment, its faults, all counters at zero. */
  readonly reset: () => void;
}

/** Error names of the call log for answers that never came. */
const lostErrors = { reset: 'ConnectionReset', lostAnswer: 'LostAnswer' } as const;

interface Ended {
  readonly outcome: Outcome;
  readonly error: string | undefined;
}

const responded = (response: WireResponse, error?: string): Ended => ({
  outcome: { kind: 'response', response },
  error,
});

const refused = (exception: MgnException, headers?: Readonly<Record<string, string>>): Ended =>
  responded(refusal(exception, headers), exception.name);

/** How a fault ends a call, once the call took effect or was kept from it. */
const endedByFault = (ending: FaultEnding, refuse: typeof refused): Ended => {
  switch (ending.kind) {
    case 'refuse':
      return ending.retryAfterSeconds === undefined
        ? refuse(ending.exception)
        : refuse(ending.exception, { 'retry-after': String(ending.retryAfterSeconds) });
    case 'serverError':
      return responded(serverErrorResponse(ending.status), 'InternalServerException');
    case 'reset':
      return { outcome: { kind: 'lost', how: 'reset' }, error: lostErrors.reset };
    case 'lostAnswer':
      return ending.ending === 'serverError'
        ? responded(serverErrorResponse(500), lostErrors.lostAnswer)
        : { outcome: { kind: 'lost', how: ending.ending }, error: lostErrors.lostAnswer };
  }
};

const expired = 'The security token included in the request is expired';

const performed = (
  { world, caller, now }: Circumstances,
  operation: OperationName,
  uriMembers: Readonly<Record<string, unknown>>,
  body: string,
  staleMs: number,
): Ended => {
  const { status, prepare } = operationTable[operation];
  if (caller.hasExpired) {
    const error = 'ExpiredTokenException';
    return responded(errorResponse(403, error, { message: expired }), error);
  }
  try {
    const prepared = prepare({ ...parseBody(body), ...uriMembers });
    const acting = actingAccount(world, caller, operation, prepared.accountID);
    const output = prepared.perform(acting.world, { now, accountID: acting.accountID, staleMs });
    return responded(status === 204 ? { status, headers: {}, body: '' } : jsonResponse(status, output));
  } catch (error) {
    if (error instanceof MgnException) return refused(error);
    throw error;
  }
};

const endOf = (interference: Interference, perform: () => Ended, refuse = refused): Ended => {
  const { ending } = interference;
  if (ending === undefined) return perform();
  if (ending.kind === 'lostAnswer') perform();
  return endedByFault(ending, refuse);
};

/** A call to a service beside MGN; it acts in the account of whoever calls. */
const endOfNeighbour = (
  neighbour: NeighbourRequest,
  interference: Interference,
  circumstances: Circumstances,
  requestID: string,
): Ended => {
  const ended = ({ response, error }: NeighbourAnswer) => responded(response, error);
  return endOf(
    interference,
    () => ended(neighbour.perform(circumstances, requestID)),
    (exception) => ended(neighbour.refuse(exception, requestID)),
  );
};

const withRequestID = (outcome: Outcome, requestID: string): Outcome => {
  if (outcome.kind === 'lost') return outcome;
  const { response } = outcome;
  return {
    kind: 'response',
    response: { ...response, headers: { ...response.headers, 'x-amzn-requestid': requestID } },
  };
};

const requestIDs = (seed: number): (() => string) => {
  const random = seededRandom(seed, 'request-ids');
  return () => [8, 4, 4, 4, 12].map((length) => randomText(random, '0123456789abcdef', length)).join('-');
};

/** A simulator of the scenario's account, starting at the moment the clock shows. */
export const createSimulator = ({ scenario, seed, now, callerNow = now, onCall }: SimulatorOptions): Simulator => {
  const startUp = () => ({
    world: createWorld(scenario, seed, now()),
    faults: createFaultEngine(scenario.faults, seed),
    nextRequestID: requestIDs(seed),
  });
  let running = startUp();
  const calls = createCallLog(onCall);

  const presentWorld = (at: number): World => {
    for (const world of [running.world, ...running.world.otherRegions]) runForeignActs(world, at);
    return running.world;
  };
  const circumstancesOf = (request: WireRequest, at: number): Circumstances => {
    const home = presentWorld(at);
    const callerAt = callerNow();
    const caller = callerOf(home, request, callerAt);
    return { home, world: worldFor(home, request), caller, now: at, callerNow: callerAt };
  };
  const answer = (request: WireRequest): Answer => {
    const at = now();
    const requestID = running.nextRequestID();
    const { method, path, query, body } = request;
    const finish = (operation: string, { outcome, error }: Ended, delayMs: number): Answer => {
      calls.record({ operation, status: outcome.kind === 'lost' ? 0 : outcome.response.status, error, at });
      return { outcome: withRequestID(outcome, requestID), delayMs };
    };
    const neighbour = neighbourRequestOf(request);
    if (neighbour !== undefined) {
      const circumstances = circumstancesOf(request, at);
      const { name, operation } = neighbour;
      const seconds = (at - running.world.startMs) / 1000;
      const interference = operation === undefined ? undisturbed : running.faults.decide(operation, seconds);
      return finish(name, endOfNeighbour(neighbour, interference, circumstances, requestID), interference.delayMs);
    }
    const routed = route(method, path, query);
    if (routed.kind === 'unknown') {
      return finish('(unknown)', responded(unknownOperation(method, path), 'UnknownOperationException'), 0);
    }
    if (routed.kind === 'unmodelled') {
      const response = unmodelledOperation(routed.operation);
      return finish(routed.operation, responded(response, 'NotImplementedException'), 0);
    }
    const circumstances = circumstancesOf(request, at);
    const interference = running.faults.decide(routed.operation, (at - running.world.startMs) / 1000);
    const perform = () => performed(circumstances, routed.operation, routed.uriMembers, body, interference.staleMs);
    return finish(routed.operation, endOf(interference, perform), interference.delayMs);
  };
  return {
    answer,
    world: () => presentWorld(now()),
    now,
    faults: () => running.faults,
    callCounts: calls.counts,
    reset: () => {
      running = startUp();
      calls.reset();
    },
  };
};
