/** Who makes the calls, as IAM can be asked about it: a user or a role. A session is neither. */
import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { translateError } from '../../functions/mgn/translate-error.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import { serviceRefusal } from '../service-errors.ts';

/** An identity. */
export interface Identity {
  /** Of a user or a role, with its path; for one that cannot be asked about, as STS gives it. */
  readonly arn: string;
  readonly partition: string;
  readonly accountID: string;
  /** Whether what it may do in a session can be less, by that session's own policy. */
  readonly isSession: boolean;
  /** Why IAM cannot be asked about it, if so. */
  readonly whyUnknown?: string | undefined;
}

const pattern = /^arn:(aws[a-z-]*):(iam|sts)::(\d{12}):([^/]+)(?:\/(.+))?$/;

/**
 * The identity of a user's or role's ARN that a person gave.
 *
 * @throws CommandError when it is none.
 */
export function parseIdentity(flag: string, arn: string): Identity {
  const [, partition = '', , accountID = '', kind, name] = pattern.exec(arn) ?? [];
  if ((kind === 'user' || kind === 'role') && name !== undefined)
    return { arn, partition, accountID, isSession: false };
  throw new CommandError(
    `${flag}: "${arn}" is not the ARN of a user or a role; expected one such as arn:aws:iam::123456789012:role/operator.`,
  );
}

/**
 * Whose credentials these are (sts:GetCallerIdentity).
 *
 * @throws CommandError when there are none or STS cannot be reached.
 */
export async function findCaller({ sts, iam }: { sts: STSClient; iam: IAMClient }, region: string): Promise<Identity> {
  const { Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    const place = { service: 'STS', region, needs: 'sts:GetCallerIdentity' };
    throw serviceRefusal(translateError(error, 'GetCallerIdentity', 'read'), place, exitCodes.person);
  });
  const [, partition = '', , accountID = '', kind, name = ''] = pattern.exec(arn) ?? [];
  const caller = { arn, partition, accountID, isSession: false };
  switch (kind) {
    case 'user':
      return caller;
    case 'assumed-role':
      return ofRole(iam, { ...caller, isSession: true }, name.slice(0, name.lastIndexOf('/')));
    case 'root':
      return {
        ...caller,
        whyUnknown: 'it is the account’s root user, about whom IAM cannot be asked. Use a role for a cutover',
      };
    case 'federated-user':
      return {
        ...caller,
        whyUnknown: 'it is a federated user’s session, whose policy IAM does not know. Use a role for a cutover',
      };
    default:
      throw new CommandError(`STS answered with "${arn}" for the caller, which is no identity.`, exitCodes.person);
  }
}

/**
 * A session's ARN leaves out the role's path. Names of roles are unique without it, so that where the role may not be
 * read, the ARN without a path is either right or of nobody.
 */
async function ofRole(iam: IAMClient, session: Identity, name: string): Promise<Identity> {
  const { partition, accountID } = session;
  const role = await iam.send(new GetRoleCommand({ RoleName: name })).then(
    (answer) => answer.Role,
    () => undefined,
  );
  return { ...session, arn: role?.Arn ?? `arn:${partition}:iam::${accountID}:role/${name}` };
}
