/** What every modelled operation looks like: a function of the world, its validated input and the call's circumstances. */
import type { World } from './world/world.ts';

/** Circumstances of one call. */
export interface Call {
  /** The simulator's time, in epoch milliseconds. */
  readonly now: number;
  /** The account the call acts in: the request's `accountID`, or the world's own account. */
  readonly accountID: string;
  /**
   * How old the answer of a read may be, in milliseconds; 0 is fresh. Reads of source servers, jobs and job logs answer
   * as of `now - staleMs` (`mgn.md` H.15: read-after-write consistency is UNVERIFIED).
   */
  readonly staleMs: number;
}

/**
 * One operation. The input has passed `wire/` validation, so it has the SDK's request type; the output is the SDK's
 * response type without `$metadata`, with timestamps as the strings the wire carries.
 *
 * @throws MgnException for every refusal the service models.
 */
export type Operation<Input, Output> = (world: World, input: Input, call: Call) => Output;
