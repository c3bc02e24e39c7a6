/**
 * The refusals the service models (`mgn.md` A.2 and A.7): each carries its wire name, its HTTP status and the members
 * besides `message` that its body holds. Operations throw them; `wire/` turns them into answers.
 */

/** Wire name and HTTP status of every modelled exception (`mgn.md` A.2). */
export const exceptionStatus = {
  UninitializedAccountException: 400,
  ValidationException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ConflictException: 409,
  ServiceQuotaExceededException: 402,
  ThrottlingException: 429,
  InternalServerException: 500,
} as const;

/** Wire name of a modelled exception. */
export type ExceptionName = keyof typeof exceptionStatus;

/** A refusal as the service words it; `members` are the body members besides `message` (`mgn.md` A.7). */
export class MgnException extends Error {
  override readonly name: ExceptionName;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(name: ExceptionName, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = name;
    this.members = members;
  }
}
