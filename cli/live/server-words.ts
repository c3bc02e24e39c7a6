/** What is said of one source server while it is being worked on. */
import { bareFact, tellingReason } from '../../functions/domain/reason.ts';
import { phases, type ServerRecord } from '../../functions/domain/server-record.ts';
import { plain } from './fit.ts';

/** The name a person knows it by. */
export function serverName({ hostname, sourceServerID }: Pick<ServerRecord, 'hostname' | 'sourceServerID'>): string {
  return plain(hostname ?? sourceServerID);
}

/** The name of its application, or the application's ID where no name is known. */
export function applicationName(record: Pick<ServerRecord, 'applicationName' | 'applicationID'>): string {
  return plain(record.applicationName ?? record.applicationID ?? '');
}

/** How many source servers are in which phase, such as `3 source servers: 2 conversion, 1 verified`. */
export function phaseCounts(servers: readonly Pick<ServerRecord, 'phase'>[]): string {
  const counts = phases.flatMap((phase) => {
    const count = servers.filter((server) => server.phase === phase).length;
    return count === 0 ? [] : [`${String(count)} ${phase}`];
  });
  return `${String(servers.length)} source server${servers.length === 1 ? '' : 's'}: ${counts.join(', ')}`;
}

/** The one thing worth knowing beside the phase: why it failed, or what it is about. */
export function noteOf(record: ServerRecord): string {
  const reason = tellingReason(record.reasons);
  if (reason !== undefined) {
    const others = record.reasons.length - 1;
    return `${plain(bareFact(reason))}${others === 0 ? '' : ` (+${String(others)} more)`}`;
  }
  switch (record.phase) {
    case 'terminating test instance':
      return record.testInstance?.ec2InstanceID ?? '';
    case 'actions':
      return actionsNote(record);
    case 'verified':
      return stillWritten(record) ?? record.cutover?.ec2InstanceID ?? '';
    case 'finalized':
    case 'first boot':
      return record.cutover?.ec2InstanceID ?? record.cutover?.jobID ?? '';
    default:
      return record.cutover?.jobID ?? '';
  }
}

/** What a person has to know before they commit. */
function stillWritten({ warnings }: ServerRecord): string | undefined {
  return warnings.find(({ code }) => code === 'SOURCE_STILL_WRITTEN')?.fact;
}

function actionsNote({ expectedActions, actions, cutover }: ServerRecord): string {
  if (expectedActions.length === 0) return cutover?.ec2InstanceID ?? '';
  const done = actions.filter((action) => action.verdict === 'SUCCESS').length;
  return `${String(done)} of ${String(expectedActions.length)} post-launch actions succeeded`;
}
