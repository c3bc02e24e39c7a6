/**
 * Every error a state machine matches. Names are literal because Step Functions matches `error.name` and a minifier
 * renames classes. There are few, chosen by what happens next: retry, reconcile, hold, or stop.
 */

/** A read failed for now: throttled, 5xx, connection lost, an answer that is not MGN's. Reading again is harmless. */
export class TransientServiceError extends Error {
  override readonly name = 'TransientServiceError';
}

/** A write was refused because of call rate: it did not happen and may be sent again. */
export class ThrottledError extends Error {
  override readonly name = 'ThrottledError';
}

/** Nobody knows whether a write took effect. Repeating the step reconciles first; the call is never just sent again. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}

/** MGN refused because something else holds a server or its state forbids the call (ConflictException, 409). */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  /** The resources MGN named as the cause; empty where it named none. */
  readonly resourceIDs: readonly string[];

  constructor(message: string, resourceIDs: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.resourceIDs = resourceIDs;
  }
}

/** A service quota is full, ours and other people's jobs together (ServiceQuotaExceededException, 402). */
export class QuotaExceededError extends Error {
  override readonly name = 'QuotaExceededError';
}

/** MGN refused the request as malformed or unlawful in itself (ValidationException, 400). */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
}

/** MGN knows no such resource (ResourceNotFoundException, 404). */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The caller may not do this (AccessDeniedException, 403), or has no valid credentials. */
export class AccessDeniedError extends Error {
  override readonly name = 'AccessDeniedError';
}

/** MGN has never been set up in this account and region (UninitializedAccountException). */
export class AccountNotInitializedError extends Error {
  override readonly name = 'AccountNotInitializedError';
}

/** The input cannot be worked on; the message names every wrong field. Nothing was touched. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
}

/** A run of this name exists and has ended, or was begun with another input. Nothing was touched. */
export class RunExistsError extends Error {
  override readonly name = 'RunExistsError';
}

/** There is no run of this name in the ledger. Nothing was touched. */
export class RunNotFoundError extends Error {
  override readonly name = 'RunNotFoundError';
}

/** Another execution works on this run; the one that gets this error stops without touching anything. */
export class RunHeldError extends Error {
  override readonly name = 'RunHeldError';
}

/** Nobody would call back whoever waits at this gate of a run: it is answered, or the run has ended or gone on. */
export class GateOverError extends Error {
  override readonly name = 'GateOverError';
}

/** The ledger changed under a write that insisted on what it had read; reading again settles it. */
export class LedgerConflictError extends Error {
  override readonly name = 'LedgerConflictError';
}

/** An item of the ledger is not as this version writes it. Nothing was decided by it; reading again shows the same. */
export class LedgerUnreadableError extends Error {
  override readonly name = 'LedgerUnreadableError';
}

/** Names of all the errors above: what `statemachine/` may match beside Step Functions' and Lambda's own. */
export const errorNames = [
  'TransientServiceError',
  'ThrottledError',
  'OutcomeUnknownError',
  'ConflictError',
  'QuotaExceededError',
  'RequestRefusedError',
  'NotFoundError',
  'AccessDeniedError',
  'AccountNotInitializedError',
  'InvalidInputError',
  'RunExistsError',
  'RunNotFoundError',
  'RunHeldError',
  'GateOverError',
  'LedgerConflictError',
  'LedgerUnreadableError',
] as const;
