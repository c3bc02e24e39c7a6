/** One cheap read before anything else: can MGN be reached and used from here? If not, what does a person do? */
import type { MgnClient } from '@aws-sdk/client-mgn';
import { RoleNotAssumedError } from '../functions/accounts/credential-errors.ts';
import { AccountNotInitializedError } from '../functions/domain/errors.ts';
import { probeMgn } from '../functions/mgn/mgn-adapter.ts';
import { answeredWithin } from './answered-within.ts';
import { CommandError, messageOf } from './exit-code.ts';
import { explainServiceError } from './service-errors.ts';

/** Where the read goes, for the message. */
export interface PreflightPlace {
  readonly region: string;
  readonly endpoint?: string | undefined;
  /** The account to name in the call, for MGN's global view. */
  readonly accountID?: string | undefined;
}

const preflightMsMax = 15_000;

/**
 * Makes the read.
 *
 * @throws CommandError saying what is wrong and what to do about it; nothing was touched.
 */
export async function preflight(reader: MgnClient, place: PreflightPlace): Promise<void> {
  try {
    await answeredWithin(preflightMsMax, probeMgn(reader, { accountID: place.accountID }));
  } catch (error) {
    throw new CommandError(explain(error, place), undefined, { cause: error });
  }
}

function explain(error: unknown, { region, endpoint }: PreflightPlace): string {
  if (error instanceof RoleNotAssumedError) return messageOf(error);
  if (error instanceof AccountNotInitializedError) return `${region}: ${messageOf(error)}`;
  const needs = 'mgn:DescribeSourceServers and the other permissions of a cutover';
  return explainServiceError(error, { service: 'MGN', region, endpoint, needs });
}
