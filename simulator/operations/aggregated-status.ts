/**
 * `applicationAggregatedStatus` and `waveAggregatedStatus`, computed from the source servers on reading. The service
 * does not say how it rolls them up (`mgn.md` B); the rules here are the plain ones: the worst health counts, and
 * progress is what all members share, or IN_PROGRESS.
 */
import type {
  Application,
  ApplicationAggregatedStatus,
  ApplicationHealthStatus,
  ApplicationProgressStatus,
  LifeCycleState,
  Wave,
  WaveAggregatedStatus,
} from '@aws-sdk/client-mgn';
import { formatInstant } from '../world/instants.ts';
import { stateAt } from '../world/source-server-record.ts';
import type { SourceServerRecord, SourceServerState } from '../world/source-server-record.ts';
import type { Account, World } from '../world/world.ts';

/** Statuses of one account's applications and waves at one moment. */
export interface AggregatedStatuses {
  readonly ofApplication: (application: Application) => ApplicationAggregatedStatus;
  readonly ofWave: (wave: Wave) => WaveAggregatedStatus;
}

const finished: readonly LifeCycleState[] = ['CUTOVER', 'DISCONNECTED'];
const notLaunched: readonly LifeCycleState[] = [
  'STOPPED',
  'NOT_READY',
  'READY_FOR_TEST',
  'DISCOVERED',
  'PENDING_INSTALLATION',
];

const healthOfServer = ({ lifeCycleState, replication }: SourceServerState): ApplicationHealthStatus => {
  if (finished.includes(lifeCycleState)) return 'HEALTHY';
  if (replication.state === 'STALLED' || replication.error !== undefined) return 'ERROR';
  const behind = replication.state === 'BACKLOG' || replication.state === 'RESCAN' || replication.state === 'PAUSED';
  return behind || (replication.lag?.ms ?? 0) > 0 ? 'LAGGING' : 'HEALTHY';
};

const progressOfServer = ({ lifeCycleState }: SourceServerState): ApplicationProgressStatus => {
  if (finished.includes(lifeCycleState)) return 'COMPLETED';
  return notLaunched.includes(lifeCycleState) ? 'NOT_STARTED' : 'IN_PROGRESS';
};

const worst = (healths: readonly ApplicationHealthStatus[]): ApplicationHealthStatus => {
  if (healths.includes('ERROR')) return 'ERROR';
  return healths.includes('LAGGING') ? 'LAGGING' : 'HEALTHY';
};

const shared = (progresses: readonly ApplicationProgressStatus[]): ApplicationProgressStatus => {
  const [first, ...others] = progresses;
  if (first === undefined) return 'NOT_STARTED';
  return others.every((other) => other === first) ? first : 'IN_PROGRESS';
};

const groupedBy = <Member>(members: Iterable<Member>, keyOf: (member: Member) => string | undefined) => {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const key = keyOf(member);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  return (key: string | undefined): readonly Member[] => (key === undefined ? [] : (groups.get(key) ?? []));
};

/** Statuses as of `nowMs`; the account is read once, however many statuses are asked for. */
export const aggregatedStatuses = (world: World, account: Account, nowMs: number): AggregatedStatuses => {
  const serversOf = groupedBy(account.sourceServers.values(), (server) => server.applicationID);
  const applicationsOf = groupedBy(account.applications.values(), (application) => application.waveID);
  const lastUpdateDateTime = formatInstant(world, nowMs);
  const rollUp = (servers: readonly SourceServerRecord[]) => {
    const states = servers.map((server) => stateAt(server, nowMs));
    return {
      lastUpdateDateTime,
      healthStatus: worst(states.map(healthOfServer)),
      progressStatus: shared(states.map(progressOfServer)),
    };
  };
  return {
    ofApplication: (application) => {
      const servers = serversOf(application.applicationID);
      return { ...rollUp(servers), totalSourceServers: servers.length };
    },
    ofWave: (wave) => {
      const applications = applicationsOf(wave.waveID);
      const servers = applications.flatMap((application) => serversOf(application.applicationID));
      const firstBytes = servers.flatMap(({ firstByteMs }) => (firstByteMs === undefined ? [] : [firstByteMs]));
      const started =
        firstBytes.length === 0
          ? {}
          : {
              replicationStartedDateTime: formatInstant(
                world,
                firstBytes.reduce((a, b) => Math.min(a, b)),
              ),
            };
      return { ...rollUp(servers), ...started, totalApplications: applications.length };
    },
  };
};
