/**
 * Who calls and where, as a request's signature says without being checked: its scope names the Region, and the token of
 * a session that STS began names the account. Any other credentials are those of the world's own account.
 */
import { MgnException } from './exceptions.ts';
import { isServed } from './operations/accounts.ts';
import { decodeSession } from './sts/session-token.ts';
import type { WireRequest } from './wire/http-message.ts';
import type { OperationName } from './wire/operation-names.ts';
import { partitionOf } from './world/identifiers.ts';
import type { World } from './world/world.ts';

/** Whoever calls. */
export interface Caller {
  readonly accountID: string;
  /** As GetCallerIdentity answers. */
  readonly arn: string;
  /** Whether the session's time is up. */
  readonly hasExpired: boolean;
}

/** Where, when and by whom a call is made. */
export interface Circumstances {
  /** The world of the scenario's own Region. */
  readonly home: World;
  /** The world of the Region that is called; undefined where the scenario has nothing there. */
  readonly world: World | undefined;
  readonly caller: Caller;
  /** Epoch milliseconds. */
  readonly now: number;
  /** As `now`, by the clock of whoever calls. */
  readonly callerNow: number;
}

/** The caller of a request; `callerNowMs` is the time by the clock of whoever calls. */
export const callerOf = (world: World, { securityToken }: WireRequest, callerNowMs: number): Caller => {
  const session = decodeSession(securityToken);
  if (session === undefined) {
    const arn = `arn:${partitionOf(world.region)}:iam::${world.accountID}:user/simulated`;
    return { accountID: world.accountID, arn, hasExpired: false };
  }
  const { accountID, arn, expiresMs } = session;
  return { accountID, arn, hasExpired: callerNowMs >= expiresMs };
};

/**
 * The world of the Region that a request is for, undefined where the scenario has nothing there. A scenario of one Region
 * is served to every Region: whoever calls has not thought of more.
 */
export const worldFor = (world: World, { authorization = '' }: WireRequest): World | undefined => {
  const region = /Credential=[^/,]*\/\d{8}\/([a-z0-9-]+)\//.exec(authorization)?.[1];
  if (region === undefined || world.otherRegions.length === 0) return world;
  return [world, ...world.otherRegions].find((candidate) => candidate.region === region);
};

/**
 * The account a call acts in, and the Region.
 *
 * @throws MgnException AccessDeniedException for an account out of reach (`mgn.md` G), UninitializedAccountException for
 *   one the service does not serve yet (H.7).
 */
export const actingAccount = (
  world: World | undefined,
  { accountID: own }: Caller,
  operation: OperationName,
  asked = own,
): { readonly world: World; readonly accountID: string } => {
  const account = world?.accounts.get(asked);
  const isLinked = own === world?.accountID && account?.isLinked === true;
  if (asked !== own && !isLinked) {
    const resource = `arn:aws:mgn:${world?.region ?? '*'}:${asked}:*`;
    const message = `Not authorized to perform mgn:${operation} on ${resource}: explicit deny in a resource-based policy`;
    throw new MgnException('AccessDeniedException', message);
  }
  if (
    world === undefined ||
    account === undefined ||
    (operation !== 'InitializeService' && !isServed(world, account))
  ) {
    throw new MgnException('UninitializedAccountException', `Account ${asked} is not initialized`);
  }
  return { world, accountID: asked };
};
