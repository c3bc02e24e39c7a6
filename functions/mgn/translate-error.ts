/**
 * What the SDK throws, as the few errors the workflow tells apart (`mgn.md` A.7). The same failure means different
 * things for a read, which may simply be repeated, and for a write, whose effect may have happened.
 */
import {
  AccessDeniedError,
  AccountNotInitializedError,
  ConflictError,
  NotFoundError,
  OutcomeUnknownError,
  QuotaExceededError,
  RequestRefusedError,
  ThrottledError,
  TransientServiceError,
} from '../domain/errors.ts';
import { CredentialsDelayedError } from '../accounts/credential-errors.ts';
import { ConflictException } from '@aws-sdk/client-mgn';

/** Whether the failed call could have changed anything. */
export type CallKind = 'read' | 'write';

const throttlingNames: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestThrottled',
  'RequestThrottledException',
  'EC2ThrottledException',
  'RequestLimitExceeded',
  'SlowDown',
]);

const credentialNames: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'CredentialsProviderError',
  'TokenProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'MissingAuthenticationToken',
  'OptInRequired',
]);

/**
 * The workflow's error for what the SDK threw from `operation`; the original is its `cause`. What is not recognised is
 * transient for a read and of unknown outcome for a write. What went wrong with a role's credentials is known for what it
 * is already: then nothing was sent.
 */
export function translateError(error: unknown, operation: string, kind: CallKind): Error {
  if (error instanceof AccessDeniedError || error instanceof RequestRefusedError) return error;
  if (error instanceof CredentialsDelayedError)
    return kind === 'read' ? error : new ThrottledError(error.message, { cause: error });
  const name = error instanceof Error ? error.name : typeof error;
  const detail = error instanceof Error && error.message !== '' ? error.message : 'no further message';
  const message = `${operation}: ${name}: ${detail}`;
  const options = { cause: error };
  if (throttlingNames.has(name) || statusOf(error) === 429) {
    return kind === 'read' ? new TransientServiceError(message, options) : new ThrottledError(message, options);
  }
  if (credentialNames.has(name) || statusOf(error) === 403) return new AccessDeniedError(message, options);
  switch (name) {
    case 'UninitializedAccountException':
      return new AccountNotInitializedError(
        `${message}. Initialize MGN in this account and region first (console: Application Migration Service, Get started).`,
        options,
      );
    case 'ValidationException':
      return new RequestRefusedError(message, options);
    case 'ResourceNotFoundException':
      return new NotFoundError(message, options);
    case 'ServiceQuotaExceededException':
      return new QuotaExceededError(message, options);
    case 'ConflictException':
      return new ConflictError(message, conflictingIDs(error), options);
    default:
      return kind === 'read' ? new TransientServiceError(message, options) : new OutcomeUnknownError(message, options);
  }
}

/** The resources a ConflictException names; whether it names any is UNVERIFIED (`mgn.md` H.2). */
function conflictingIDs(error: unknown): string[] {
  if (!(error instanceof ConflictException)) return [];
  const ids = [error.resourceId, ...(error.errors ?? []).map((detail) => detail.resourceId)];
  return ids.filter((id) => id !== undefined);
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
