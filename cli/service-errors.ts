/** Why a service of AWS could not be used from here, and what a person does about it, in one message. */
import { AccessDeniedError, TransientServiceError } from '../functions/domain/errors.ts';
import { CommandError, exitCodes, messageOf, systemCodeOf } from './exit-code.ts';

/** What was asked, for the message. */
export interface ServicePlace {
  /** The service as a person knows it, such as `MGN`. */
  readonly service: string;
  readonly region: string;
  /** Where it was looked for instead of AWS, if anywhere. */
  readonly endpoint?: string | undefined;
  /** What the caller must be allowed, for one who may not. */
  readonly needs: string;
}

/** The message for what `translateError` made of a read that failed. */
export function explainServiceError(error: unknown, place: ServicePlace): string {
  if (error instanceof AccessDeniedError) return explainDenial(error, place);
  const { service, region, endpoint } = place;
  const { cause } = error instanceof Error ? error : { cause: undefined };
  const where = endpoint ?? `${service} in ${region}`;
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

/**
 * The error for a person whose command cannot go on because of what a service answered.
 *
 * @param exitCode - `exitCodes.person` where something runs on without this command
 */
export function serviceRefusal(
  error: unknown,
  place: ServicePlace,
  exitCode: number = exitCodes.refused,
): CommandError {
  const isExplained = error instanceof AccessDeniedError || error instanceof TransientServiceError;
  const message = isExplained ? explainServiceError(error, place) : messageOf(error);
  return new CommandError(message, exitCode, { cause: error });
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

function explainDenial(error: AccessDeniedError, { service, region, needs }: ServicePlace): string {
  const name = error.cause instanceof Error ? error.cause.name : '';
  const known = denials.find(([pattern]) => pattern.test(name));
  if (known !== undefined) return `${known[1](region)} (${messageOf(error.cause)})`;
  return `The caller may not use ${service} in ${region}: ${messageOf(error)}. It needs ${needs}.`;
}
