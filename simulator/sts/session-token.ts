/** The token of a session says all there is to know of it, so that nothing has to be kept, not even over a reset. */
import * as v from 'valibot';

const prefix = 'SimulatedSession.';

const sessionSchema = v.object({ accountID: v.string(), arn: v.string(), expiresMs: v.number() });

/** A session of an assumed role. */
export interface SimulatedSession {
  readonly accountID: string;
  /** Such as `arn:aws:sts::123456789012:assumed-role/MgnCutover/night-1`. */
  readonly arn: string;
  /** Epoch milliseconds by the clock of whoever calls. */
  readonly expiresMs: number;
}

/** The session's token. */
export const encodeSession = (session: SimulatedSession): string =>
  prefix + Buffer.from(JSON.stringify(session)).toString('base64url');

/** The session of a token; undefined for every token that is not one of ours. */
export const decodeSession = (token: string | undefined): SimulatedSession | undefined => {
  if (token?.startsWith(prefix) !== true) return undefined;
  try {
    return v.parse(sessionSchema, JSON.parse(Buffer.from(token.slice(prefix.length), 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
};
