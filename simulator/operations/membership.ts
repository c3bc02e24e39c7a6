/** Who belongs to whom: waves hold applications, applications hold source servers (`mgn.md` B). */
import type { Application } from '@aws-sdk/client-mgn';
import { stateAt } from '../world/source-server-record.ts';
import type { SourceServerRecord } from '../world/source-server-record.ts';
import type { Account } from '../world/world.ts';
import { conflict } from './find-record.ts';

/** The applications of a wave. */
export const applicationsIn = (account: Account, waveID: string): Application[] =>
  [...account.applications.values()].filter((application) => application.waveID === waveID);

/** The source servers of an application. */
export const serversIn = (account: Account, applicationID: string): SourceServerRecord[] =>
  [...account.sourceServers.values()].filter((server) => server.applicationID === applicationID);

/** The source servers that reach a wave through its applications. */
export const serversInWave = (account: Account, waveID: string): SourceServerRecord[] => {
  const ids = new Set(applicationsIn(account, waveID).map(({ applicationID }) => applicationID));
  return [...account.sourceServers.values()].filter((server) => ids.has(server.applicationID));
};

/**
 * Refuses to archive while a source server is neither archived nor CUTOVER nor DISCONNECTED (`mgn.md` H.13).
 *
 * @throws MgnException ConflictException naming the first such server and its lifecycle state.
 */
export const refuseUnfinished = (
  resourceType: 'Wave' | 'Application',
  resourceId: string,
  servers: readonly SourceServerRecord[],
  nowMs: number,
): void => {
  for (const server of servers) {
    const { isArchived, lifeCycleState } = stateAt(server, nowMs);
    if (!isArchived && lifeCycleState !== 'CUTOVER' && lifeCycleState !== 'DISCONNECTED') {
      throw conflict(resourceType, resourceId, `Source server ${server.sourceServerID} is ${lifeCycleState}`);
    }
  }
};
