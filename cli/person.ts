/**
 * Who asks, for the record: the identity whose credentials the command has, or the name of the account on this machine. A
 * word, no proof: CloudTrail knows who started an execution, and nothing depends on this.
 */
import { hostname, userInfo } from 'node:os';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { answeredWithin } from './answered-within.ts';
import { createRightsClients } from './rights/clients.ts';
import type { Io } from './io.ts';

/** How long a person waits for their own name, in milliseconds: a rollback has more important things to do. */
const askMsMax = 4_000;
const nameCharactersMax = 256;

/** Where a command works. */
export interface PersonReach {
  readonly region: string;
  /** A simulator on this machine knows nobody. */
  readonly isSimulated: boolean;
  readonly env: Io['env'];
}

/** The ARN that STS gives for the credentials (sts:GetCallerIdentity), or `user@host` where STS does not answer in time. */
export async function findPerson({ region, isSimulated, env }: PersonReach): Promise<string> {
  if (isSimulated) return localName();
  const clients = createRightsClients({ region, env });
  try {
    // An IAM user's path may have 512 characters; what is too long, or nothing, would have the whole input refused.
    const caller = (await callerOf(clients.sts)) ?? '';
    return caller === '' ? localName() : caller.slice(0, nameCharactersMax);
  } finally {
    clients.close();
  }
}

async function callerOf(sts: STSClient): Promise<string | undefined> {
  try {
    const abortSignal = AbortSignal.timeout(askMsMax);
    // The signal ends a call on its way, but not a program that is asked for credentials once more, or retried.
    const answer = await answeredWithin(askMsMax, sts.send(new GetCallerIdentityCommand({}), { abortSignal }));
    return answer.Arn;
  } catch {
    return undefined;
  }
}

function localName(): string {
  return `${userName()}@${hostname()}`.slice(0, nameCharactersMax);
}

/** A user ID without an entry in the user database has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
