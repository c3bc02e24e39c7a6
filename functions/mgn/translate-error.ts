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
import { shownText } from '../domain/shown-text.ts';
import { CredentialsDelayedError } from '../accounts/credential-errors.ts';
import { ConflictException } from '@aws-sdk/client-mgn';
import * as v from 'valibot';

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

/** What reading an answer throws that is not JSON, or not of the shape the SDK expects. */
const unreadableNames: ReadonlySet<string> = new Set(['SyntaxError', 'TypeError', 'RangeError']);

/** What the SDK adds to every error that comes of an answer; it is for whoever debugs the SDK. */
const sdkHint = /\s*Deserialization error: to see the raw response.*$/s;

/**
 * The workflow's error for what the SDK threw from `operation`; the original is its `cause`. What is not recognised is
 * transient for a read and of unknown outcome for a write. What went wrong with a role's credentials is known for what it
 * is already: then nothing was sent.
 */
export function translateError(error: unknown, operation: string, kind: CallKind): Error {
  if (error instanceof AccessDeniedError || error instanceof RequestRefusedError) return error;
  if (error instanceof CredentialsDelayedError)
    return kind === 'read' ? error : new ThrottledError(error.message, { cause: error });
  const { name, detail } = wordsOf(error);
  const message = `${operation}: ${isUnsent(error) ? detail : wordsFor(name, detail)}`;
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

/** The reason a refused answer is refused for needs no name; what is no answer at all wants a hint where it came from. */
function wordsFor(name: string, detail: string): string {
  if (name === 'TransientServiceError' || name === 'OutcomeUnknownError') return detail;
  if (!unreadableNames.has(name)) return `${name}: ${detail}`;
  const isQuoting = name === 'SyntaxError';
  return `the answer cannot be read; if a proxy stands between, look there${isQuoting ? ` (${detail})` : ''}`;
}

/** Node refuses a header that it cannot send, such as a session's token with the end of a line in it. */
function isUnsent(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && error.code === 'ERR_INVALID_CHAR';
}

const nameMax = 100;
const detailMax = 500;
const silent = 'no further message';

/**
 * What was thrown, in words that fit a log line and a notice: a service, or a proxy in its place, may put anything where
 * its name and message should be.
 */
function wordsOf(error: unknown): { readonly name: string; readonly detail: string } {
  if (!(error instanceof Error)) return { name: typeof error, detail: silent };
  const [name, message]: unknown[] = [error.name, error.message];
  return {
    name: typeof name === 'string' ? shownText(name, nameMax) : 'Error',
    detail: typeof message === 'string' && message !== '' ? shownText(withoutHint(message), detailMax) : silent,
  };
}

function withoutHint(message: string): string {
  return message.slice(0, 4 * detailMax).replace(sdkHint, '') || message;
}

/** The resources a ConflictException names; whether it names any is UNVERIFIED (`mgn.md` H.2). */
function conflictingIDs(error: unknown): string[] {
  if (!(error instanceof ConflictException)) return [];
  const said = v.safeParse(ConflictSchema, error);
  if (!said.success) return [];
  const { resourceId, errors = [] } = said.output;
  return [resourceId, ...errors.map((detail) => detail.resourceId)].filter((id) => id !== undefined);
}

const resourceId = v.optional(v.pipe(v.string(), v.maxLength(nameMax)));
const ConflictSchema = v.object({ resourceId, errors: v.optional(v.array(v.object({ resourceId }))) });

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
