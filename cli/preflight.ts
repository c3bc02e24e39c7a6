/** One cheap read before anything else: can MGN be reached and used from here? If not, what does a person do? */
import type { MgnClient } from '@aws-sdk/client-mgn';
import { AccessDeniedError, AccountNotInitializedError } from '../functions/domain/errors.ts';
import { probeMgn } from '../functions/mgn/mgn-adapter.ts';
import { CommandError, messageOf, systemCodeOf } from './exit-code.ts';

/** Where the read goes, for the message. */
export interface PreflightPlace {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly accountID?: string | undefined;
}

/** Neither a credential chain that asks where nobody answers nor a silent network may take longer than this. */
const preflightMsMax = 15_000;

/**
 * Makes the read.
 *
 * @throws CommandError saying what is wrong and what to do about it; nothing was touched.
 */
export async function preflight(reader: MgnClient, place: PreflightPlace): Promise<void> {
  const tooLong = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    tooLong.reject(new Error(`no answer within ${String(preflightMsMax / 1_000)} s`));
  }, preflightMsMax);
  try {
    await Promise.race([probeMgn(reader, { accountID: place.accountID }), tooLong.promise]);
  } catch (error) {
    throw new CommandError(explain(error, place), undefined, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function explain(error: unknown, { region, endpoint }: PreflightPlace): string {
  if (error instanceof AccountNotInitializedError) return `${region}: ${messageOf(error)}`;
  if (error instanceof AccessDeniedError) return explainDenial(error, region);
  const { cause } = error instanceof Error ? error : { cause: undefined };
  const where = endpoint ?? `MGN in ${region}`;
  switch (networkCodeOf(cause)) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${where} cannot be found (${messageOf(cause)}). Check the ${endpoint === undefined ? 'region’s name' : 'endpoint'}, and that this machine can resolve names.`;
    case 'ECONNREFUSED':
      return `Nothing listens at ${where}. Check the address${endpoint === undefined ? '' : ', or start what should be there'}.`;
    default:
      return `${where} cannot be used: ${messageOf(error)}. Check the network path from this machine, then try again.`;
  }
}

/** The SDK wraps some errors of sockets and keeps the code in the message only. */
function networkCodeOf(cause: unknown): string {
  const code = systemCodeOf(cause);
  return code === '' ? (/\bE[A-Z_]{4,}\b/.exec(messageOf(cause))?.[0] ?? '') : code;
}

const denials: readonly (readonly [RegExp, (region: string) => string])[] = [
  [
    /CredentialsProviderError|TokenProviderError/,
    () =>
      'No AWS credentials were found. Sign in (aws sso login) or set AWS_PROFILE or AWS_ACCESS_KEY_ID, then try again.',
  ],
  [/Expired/, () => 'The AWS credentials have expired. Sign in again (aws sso login), then try again.'],
  [
    /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|OptInRequired/,
    (region) =>
      `AWS does not accept these credentials in ${region}. Check the keys, this machine’s clock, and that the region is enabled for the account.`,
  ],
];

function explainDenial(error: AccessDeniedError, region: string): string {
  const name = error.cause instanceof Error ? error.cause.name : '';
  const known = denials.find(([pattern]) => pattern.test(name));
  if (known !== undefined) return `${known[1](region)} (${messageOf(error.cause)})`;
  return `The caller may not read MGN in ${region}: ${messageOf(error)}. It needs mgn:DescribeSourceServers and the other permissions of a cutover.`;
}
