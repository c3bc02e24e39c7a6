/** The refusal of calls on servers that a job holds (`mgn.md` C.1, H.1). */
import { MgnException } from '../exceptions.ts';
import { jobHolding } from '../world/job-lock.ts';
import type { SourceServerRecord } from '../world/source-server-record.ts';
import type { Account, World } from '../world/world.ts';
import { conflict } from './find-record.ts';

/** The service's own words when a job holds one of the servers. */
export const heldMessage =
  'One or more of the Source Servers included in API call are currently being processed by a Job';

/**
 * Refuses a call on one server while a job holds it, unless the switch `callsDuringJob` allows it.
 *
 * @throws MgnException ConflictException.
 */
export const refuseWhileHeld = (world: World, account: Account, server: SourceServerRecord, nowMs: number): void => {
  if (world.switches.callsDuringJob === 'allowed') return;
  if (jobHolding(account, server, nowMs) !== undefined) {
    throw conflict('SourceServer', server.sourceServerID, heldMessage);
  }
};

/** A refusal whose exception a switch chooses; a ValidationException has reason `other`. */
export const chosenRefusal = (
  exception:
    'ConflictException' | 'ValidationException' | 'ResourceNotFoundException' | 'ServiceQuotaExceededException',
  message: string,
  members: Readonly<Record<string, unknown>>,
): MgnException =>
  new MgnException(exception, message, exception === 'ValidationException' ? { reason: 'other' } : members);
