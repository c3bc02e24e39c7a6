/** AssumeRole and GetCallerIdentity of STS: how a caller comes to act in another account. */
import type { Circumstances } from '../caller.ts';
import { Ec2Exception } from '../ec2/ec2-exception.ts';
import { refuseUnmodelled } from '../ec2/query-request.ts';
import type { Fields } from '../ec2/query-request.ts';
import type { XmlContent } from '../ec2/xml.ts';
import { randomText, seededRandom } from '../seeded-random.ts';
import { partitionOf } from '../world/identifiers.ts';
import type { World } from '../world/world.ts';
import { encodeSession } from './session-token.ts';

/** An action of STS: the members of its answer, beside the request's ID. */
export type StsOperation = (call: Circumstances, fields: Fields) => Readonly<Record<string, XmlContent>>;

const roleArnPattern = /^arn:[a-z-]+:iam::(\d{12}):role\/([\w+=,.@/-]{1,512})$/;
const sessionNamePattern = /^[\w+=,.@-]{2,64}$/;
const sessionSecondsMin = 900;
const sessionSecondsMax = 43_200;
const sessionSecondsDefault = 3600;

const invalid = (message: string): Ec2Exception => new Ec2Exception('ValidationError', message);

/** Whether the account has the role; one that names no role in any of its Regions has them all. */
const isAssumable = (home: World, accountID: string, roleName: string): boolean => {
  const held = [home, ...home.otherRegions].flatMap(({ accounts }) => accounts.get(accountID) ?? []);
  const named = held.flatMap(({ roles }) => (roles === undefined ? [] : [roles]));
  return held.length > 0 && (named.length === 0 || named.flat().includes(roleName));
};

/** AssumeRole: a session in the role's account, told by its token. Permissions of the caller and policies are not modelled. */
export const assumeRole: StsOperation = (call, fields) => {
  refuseUnmodelled('AssumeRole', fields, ['RoleArn', 'RoleSessionName', 'DurationSeconds']);
  const roleArn = fields.get('RoleArn') ?? '';
  const [, accountID, roleName = ''] = roleArnPattern.exec(roleArn) ?? [];
  if (accountID === undefined) throw invalid(`${roleArn} is invalid`);
  const sessionName = fields.get('RoleSessionName') ?? '';
  if (!sessionNamePattern.test(sessionName))
    throw invalid(`Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint`);
  if (!isAssumable(call.home, accountID, roleName)) {
    const message = `User: ${call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    throw new Ec2Exception('AccessDenied', message);
  }
  const expiresMs = call.callerNow + sessionSeconds(fields) * 1000;
  const name = `${roleName.split('/').at(-1) ?? ''}/${sessionName}`;
  const arn = `arn:${partitionOf(call.home.region)}:sts::${accountID}:assumed-role/${name}`;
  return {
    AssumedRoleUser: { AssumedRoleId: `AROA${drawn(call, roleArn, 17)}:${sessionName}`, Arn: arn },
    Credentials: {
      AccessKeyId: `ASIA${drawn(call, `${arn} ${expiresMs}`, 16)}`,
      SecretAccessKey: drawn(call, `secret ${arn} ${expiresMs}`, 40),
      SessionToken: encodeSession({ accountID, arn, expiresMs }),
      Expiration: new Date(expiresMs).toISOString(),
    },
  };
};

const sessionSeconds = (fields: Fields): number => {
  const text = fields.get('DurationSeconds');
  const seconds = text === undefined ? sessionSecondsDefault : Number(text);
  if (Number.isInteger(seconds) && seconds >= sessionSecondsMin && seconds <= sessionSecondsMax) return seconds;
  throw invalid(`Value '${text ?? ''}' at 'durationSeconds' failed to satisfy constraint`);
};

const drawn = ({ home }: Circumstances, name: string, length: number): string =>
  randomText(seededRandom(home.seed, `sts/${name}`), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', length);

/** GetCallerIdentity. */
export const getCallerIdentity: StsOperation = ({ caller }, fields) => {
  refuseUnmodelled('GetCallerIdentity', fields, []);
  return { Arn: caller.arn, UserId: `AIDA${caller.accountID}`, Account: caller.accountID };
};
