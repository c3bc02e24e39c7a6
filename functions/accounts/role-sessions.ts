/**
 * Roles of target accounts: assumed through STS, and kept until shortly before a session ends. Asked by a signed request,
 * because the SDK's client for STS would be a third of a function's bundle.
 */
import { AccessDeniedError, TransientServiceError } from '../domain/errors.ts';
import { shownText } from '../domain/shown-text.ts';
import { callQuery, requiredText, type QueryService } from '../ec2/query-protocol.ts';
import { domainSuffix, ServiceRequestError, type Credentials, type Sender } from '../shared/signed-request.ts';
import { CredentialsDelayedError, RoleNotAssumedError } from './credential-errors.ts';

/** Credentials of a session, as signers and the SDK's clients take them. */
export interface SessionCredentials extends Credentials {
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Sessions of roles. */
export interface RoleSessions {
  /**
   * The credentials of a session of the role, the same ones until shortly before they expire.
   *
   * @param sessionName - what CloudTrail of the target account calls whoever acts; at most 64 characters of it are used.
   * @throws RoleNotAssumedError; AccessDeniedError when the caller's own credentials are no good; CredentialsDelayedError
   *   when STS cannot be asked now; RequestRefusedError when STS takes the request for malformed.
   */
  credentialsOf(roleArn: string, sessionName: string): Promise<SessionCredentials>;
}

/** As long before its end as the SDK's clients themselves renew credentials, in milliseconds. */
const renewBeforeMs = 5 * 60_000;
/** The longest session there is; what is said to last longer would never be renewed, in milliseconds. */
const sessionMsMax = 12 * 3_600_000;
/** What STS takes of a session's name (AssumeRole, RoleSessionName). */
const sessionNameMax = 64;

/** Sessions that the sender begins, at the STS of its own region or at `endpoint`. */
export function createRoleSessions(sender: Sender, endpoint?: string): RoleSessions {
  const url = new URL(endpoint ?? `https://sts.${sender.region}.${domainSuffix(sender.region)}/`);
  const sts: QueryService = { sender, service: 'sts', version: '2011-06-15', url };
  const begun = new Map<string, Session>();
  return {
    async credentialsOf(roleArn, sessionName) {
      const name = sessionName.replace(/[^\w+=,.@-]/g, '-').slice(0, sessionNameMax);
      const key = `${roleArn} ${name}`;
      const kept = begun.get(key);
      if (kept !== undefined && sender.clock.now() < kept.renewAt) return kept.credentials;
      forgetExpired(begun, sender.clock.now());
      const session: Session = { credentials: assumeRole(sts, roleArn, name), renewAt: Infinity };
      begun.set(key, session);
      try {
        const credentials = await session.credentials;
        session.renewAt = credentials.expiration.getTime() - renewBeforeMs;
        return credentials;
      } catch (error) {
        begun.delete(key);
        throw error;
      }
    },
  };
}

/** A warm function may serve many runs, each with a session of its own. */
function forgetExpired(begun: Map<string, Session>, now: number): void {
  for (const [key, { renewAt }] of begun) if (renewAt <= now) begun.delete(key);
}

interface Session {
  readonly credentials: Promise<SessionCredentials>;
  /** Epoch milliseconds; never, while STS is being asked. */
  renewAt: number;
}

async function assumeRole(sts: QueryService, roleArn: string, sessionName: string): Promise<SessionCredentials> {
  try {
    const answer = await callQuery(sts, 'AssumeRole', { RoleArn: roleArn, RoleSessionName: sessionName });
    const member = (name: string) => requiredText(answer, 'AssumeRoleResult', 'Credentials', name);
    const expiration = new Date(member('Expiration'));
    if (Number.isNaN(expiration.getTime()))
      throw new TransientServiceError('AssumeRole: the answer says no time at which the session expires');
    return {
      accessKeyId: member('AccessKeyId'),
      secretAccessKey: member('SecretAccessKey'),
      sessionToken: member('SessionToken'),
      expiration: new Date(Math.min(expiration.getTime(), sts.sender.clock.now() + sessionMsMax)),
    };
  } catch (error) {
    if (error instanceof TransientServiceError)
      throw new CredentialsDelayedError(error.message, { cause: error.cause });
    throw isRefusal(error) ? await explained(sts, roleArn, error) : error;
  }
}

/** Not one of the caller's own credentials, which have errors of their own. */
function isRefusal(error: unknown): error is AccessDeniedError {
  return (
    error instanceof AccessDeniedError &&
    error.cause instanceof ServiceRequestError &&
    error.cause.code === 'AccessDenied'
  );
}

async function explained(sts: QueryService, roleArn: string, error: AccessDeniedError): Promise<RoleNotAssumedError> {
  const caller = await findCaller(sts);
  const principal = caller === undefined ? 'whoever makes this call' : principalOf(caller);
  return new RoleNotAssumedError(
    `${caller ?? 'The caller'} may not assume ${roleArn} (${error.message}). The role has to exist, its trust policy has to allow sts:AssumeRole to ${principal} and ask for no external ID, and the caller needs a right to sts:AssumeRole on it.`,
    { cause: error },
  );
}

/** Needs no right at all (GetCallerIdentity); undefined where even that fails. */
async function findCaller(sts: QueryService): Promise<string | undefined> {
  try {
    return shownText(requiredText(await callQuery(sts, 'GetCallerIdentity', {}), 'GetCallerIdentityResult', 'Arn'));
  } catch {
    return undefined;
  }
}

/** Trust policies name the role, not its session, whose ARN leaves out the role's path. */
function principalOf(caller: string): string {
  const [, partition = 'aws', , , account = '', session = ''] = caller.split(':');
  const [kind, roleName = ''] = session.split('/');
  return kind === 'assumed-role'
    ? `arn:${partition}:iam::${account}:role/${roleName} (with its path, if it has one)`
    : caller;
}
