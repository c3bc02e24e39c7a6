/**
 * Is a source still written to, although its server was cut over? The launched instance holds what the cutover's snapshot
 * held, and finalizing ends replication, so whatever is written on the source after that is lost.
 *
 * Replication alone tells little: after a cutover it is STALLED where the source is off, as it should be, and CONTINUOUS
 * where only its agent is left (`mgn.md` H.4, H.6). What tells is an agent that still reports while more and more waits to
 * be replicated.
 */
import type { Reason } from './reason.ts';
import type { ServerRecord } from './server-record.ts';
import type { SourceServer } from './source-server.ts';

/** How long after the start of the cutover an agent may be heard before that counts as alive after it. */
const slackMs = 10 * 60_000;
/** An agent that was not heard for so long is gone. */
const silentMs = 30 * 60_000;
/** Less lag than this comes and goes by itself. */
const lagNoiseMs = 60_000;

/** Replication states in which the lag grows whether anything is written or not. */
const standsStill: ReadonlySet<string | undefined> = new Set(['STALLED', 'PAUSED', 'STOPPED', 'DISCONNECTED']);

const stillWritten = 'SOURCE_STILL_WRITTEN';
const wasWritten = 'SOURCE_WAS_WRITTEN';

/**
 * The verified server's record after a look at its source at `now`, with the warning SOURCE_STILL_WRITTEN while more and
 * more waits to be replicated, and SOURCE_WAS_WRITTEN once that has stopped: what was written is no less lost. The same
 * record when nothing has changed.
 */
export function watchSource(record: ServerRecord, server: SourceServer | undefined, now: number): ServerRecord {
  const { cutover, sourceWatch } = record;
  const seenAt = server?.lastSeenAt;
  if (cutover === undefined || server === undefined || seenAt === undefined) return record;
  const isAlive = seenAt > cutover.startedAt + slackMs && seenAt > now - silentMs;
  const waiting = isAlive ? unreplicatedOf(server) : undefined;
  if (waiting === undefined) return stopped(record);
  const hasGrown =
    sourceWatch !== undefined &&
    (waiting.backloggedBytes > sourceWatch.backloggedBytes || waiting.lagMs > sourceWatch.lagMs);
  const isSame = JSON.stringify(waiting) === JSON.stringify(sourceWatch);
  const watched = isSame ? record : { ...record, sourceWatch: waiting };
  return hasGrown ? withWarning(watched, growing(seenAt, waiting)) : watched;
}

type Unreplicated = NonNullable<ServerRecord['sourceWatch']>;

/** Undefined when everything that is written on the source has been replicated, as far as that can be seen. */
function unreplicatedOf({
  backloggedBytes = 0,
  lagMs = 0,
  dataReplicationState,
}: SourceServer): Unreplicated | undefined {
  const isLagTelling = lagMs >= lagNoiseMs && !standsStill.has(dataReplicationState);
  return backloggedBytes === 0 && !isLagTelling ? undefined : { backloggedBytes, lagMs: isLagTelling ? lagMs : 0 };
}

function stopped(record: ServerRecord): ServerRecord {
  const isWarned = record.warnings.some(({ code }) => code === stillWritten);
  if (!isWarned && record.sourceWatch === undefined) return record;
  const quiet = { ...record, sourceWatch: undefined };
  return isWarned ? withWarning(quiet, hasStopped) : quiet;
}

/** Only the latest word about the source stands. */
function withWarning(record: ServerRecord, warning: Reason): ServerRecord {
  const others = record.warnings.filter(({ code }) => code !== stillWritten && code !== wasWritten);
  return { ...record, warnings: [...others, warning] };
}

function growing(seenAt: number, { backloggedBytes, lagMs }: Unreplicated): Reason {
  const lag = lagMs === 0 ? '' : `, with a lag of ${String(Math.floor(lagMs / 60_000))} min`;
  return {
    code: stillWritten,
    fact: `the source is still being written to: its agent was seen at ${new Date(seenAt).toISOString()}, and ${inWords(backloggedBytes)} wait to be replicated${lag}`,
    source: 'DescribeSourceServers',
    remedy:
      'Stop what writes there. The launched instance has none of what was written since the cutover; a commit loses it.',
  };
}

const hasStopped: Reason = {
  code: wasWritten,
  fact: 'the source was written to after the cutover, and is no longer as far as can be seen',
  source: 'DescribeSourceServers',
  remedy: 'The launched instance has none of what was written since the cutover; a commit loses it.',
};

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Such as `3.2 GiB`. */
function inWords(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const amount = bytes / 1_024 ** power;
  return `${power === 0 ? String(amount) : amount.toFixed(1)} ${units[power] ?? 'bytes'}`;
}
