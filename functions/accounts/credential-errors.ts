/** What goes wrong before anything is sent, while credentials for it are looked for. */
import { AccessDeniedError, TransientServiceError } from '../domain/errors.ts';

/** The role could not be assumed; the message says by whom, and what its trust policy has to name. */
export class RoleNotAssumedError extends AccessDeniedError {}

/** STS could not be asked for now. What the credentials were for was not sent, so even a write certainly had no effect. */
export class CredentialsDelayedError extends TransientServiceError {}
