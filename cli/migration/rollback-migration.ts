/** `rollback` of a migration: its waves' runs one after the other, the one that was started last first. */
import type { MigrationRecord, WaveRecord } from '../../functions/domain/migration-record.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import type { FollowUpContext, FollowUpFlags } from '../follow-up-command.ts';
import { insistOnConsent } from '../consent.ts';
import { serverCount } from '../live/wave-words.ts';
import { withRunAnswered, withRunClaimed } from '../run-claim.ts';

/** Flags that the rollback of a migration goes by. */
export interface MigrationRollbackFlags extends FollowUpFlags {
  readonly yes?: boolean | undefined;
}

type Context = FollowUpContext<MigrationRollbackFlags>;

/**
 * Brings back every wave that was started, each with the rollback of a run; a wave that cannot be brought back keeps none of
 * the others from it. 0 when all of them are back, 3 when a person is needed for any.
 *
 * @throws CommandError when the migration is at work or nothing of it was started; nothing was touched.
 */
export async function rollBackMigration(
  context: Omit<Context, 'claim'>,
  record: MigrationRecord,
  rollBackRun: (context: Context) => Promise<number>,
): Promise<number> {
  const { world, session, runID } = context;
  await refuseWhileRunning(context);
  refuseRunFlags(context, record);
  const started = record.waves
    .filter(({ startedAt }) => startedAt !== undefined)
    .toSorted((one, other) => (other.startedAt ?? 0) - (one.startedAt ?? 0));
  if (started.length === 0)
    throw new CommandError(`There is nothing to bring back in migration ${runID}: no wave of it was started.`);
  return withRunClaimed(world, session, runID, async () => {
    await insistOnRollback(context, started);
    return rollBackWaves(context, started, rollBackRun);
  });
}

async function insistOnRollback(context: Omit<Context, 'claim'>, waves: readonly WaveRecord[]): Promise<void> {
  const { world, session, io, audience, runID, flags } = context;
  audience.say([
    audience.palette.strong(`Rollback of migration ${runID} in ${world.label} brings back, in this order:`),
    ...waves.map(waveLine),
    'What is finalized stays; what is not is reverted to READY_FOR_CUTOVER, and its instance is terminated.',
  ]);
  if (!world.needsConsent) return;
  const question = `Bring back ${String(waves.length)} wave${waves.length === 1 ? '' : 's'}?`;
  await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
}

async function rollBackWaves(
  context: Omit<Context, 'claim'>,
  waves: readonly WaveRecord[],
  rollBackRun: (context: Context) => Promise<number>,
): Promise<number> {
  const { world, session, audience } = context;
  const flags = { ...context.flags, yes: true };
  const codes: number[] = [];
  for (const { name, runID } of waves) {
    audience.say(['', audience.palette.strong(`Wave ${name}`)]);
    try {
      codes.push(
        await withRunAnswered(world, session, runID, (claim) => rollBackRun({ ...context, flags, runID, claim })),
      );
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode === exitCodes.detached) throw error;
      audience.say([error.message]);
      codes.push(error.exitCode);
    }
  }
  const isAllRefused = codes.every((code) => code === exitCodes.refused);
  const exitCode = isAllRefused
    ? exitCodes.refused
    : codes.every((code) => code === exitCodes.done)
      ? exitCodes.done
      : exitCodes.person;
  audience.event('end', session.time.now(), {
    exitCode,
    waves: waves.map(({ name }, index) => ({ wave: name, exitCode: codes[index] })),
  });
  return exitCode;
}

/** A migration that is at work would start the next wave while the last one is brought back. */
async function refuseWhileRunning({ world, runID }: Omit<Context, 'claim'>): Promise<void> {
  const execution = await world.stack?.executions.describe('migration-run', runID);
  if (execution?.status !== 'RUNNING') return;
  throw new CommandError(
    `Migration ${runID} is running; nothing was started. Stop it first: mgn-cutover stop ${runID} ${world.flags}; or bring back one wave of it by the name of its run.`,
  );
}

function refuseRunFlags({ flags, world, runID }: Omit<Context, 'claim'>, { waves }: MigrationRecord): void {
  const named = [flags.server === undefined ? [] : '--server', flags.output === undefined ? [] : '--output'].flat();
  if (named.length === 0) return;
  const example = waves[0]?.runID ?? runID;
  throw new CommandError(
    `${named.join(' and ')}: only for one run, and ${runID} is a migration; say mgn-cutover rollback ${example} ${world.flags}, and so for each wave.`,
  );
}

function waveLine({ name, runID, outcome, state, sourceServerCount }: WaveRecord): string {
  return `  ${name}  ${serverCount(sourceServerCount)}  ${outcome?.replaceAll('_', ' ') ?? state}  run ${runID}`;
}
