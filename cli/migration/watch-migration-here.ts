/** Watches a migration of this machine's ledger while a command in another terminal works on it. */
import type { MigrationID, MigrationRecord } from '../../functions/domain/migration-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { exitCodeOf, exitCodes } from '../exit-code.ts';
import { describeLeftovers } from '../interruption.ts';
import { writeWhole } from '../output-file.ts';
import { following, isInProcess, type WatchHere } from '../watch-here.ts';
import { makeMigrationReport, migrationLines } from './migration-report.ts';
import { lookAtMigration, wavesUnderWay } from './stack-migration.ts';

/**
 * Shows the migration until it ends, or its end at once; the exit code is that of `run`.
 *
 * @throws CommandError when the watcher goes away (exit code 130).
 */
export async function watchMigrationHere(
  watch: WatchHere,
  { migrationID, waves, createdAt }: Pick<MigrationRecord, 'migrationID' | 'waves' | 'createdAt'>,
): Promise<number> {
  const { world, session } = watch;
  const ledger = createLedger(world.store);
  const isOver = async () => {
    const isAtWork = await isInProcess(watch);
    const isEnded = (await ledger.readMigration(migrationID))?.record.end !== undefined;
    return isEnded || !isAtWork;
  };
  if (!(await isOver())) {
    const header = {
      name: migrationID,
      kind: 'migration',
      target: `${String(waves.length)} waves`,
      place: world.label,
      isRehearsal: false,
      flags: world.flags,
      isDetachable: true,
    } as const;
    let look: ReturnType<typeof lookAtMigration> | undefined;
    await following(watch, header, createdAt, async (progress) => {
      look ??= lookAtMigration(world, migrationID, progress);
      const isLast = await isOver();
      await look(session.time.now());
      return isLast ? true : undefined;
    });
  }
  return conclude(watch, migrationID);
}

async function conclude(watch: WatchHere, migrationID: MigrationID): Promise<number> {
  const { world, session, audience, output } = watch;
  const report = await makeMigrationReport(world, migrationID);
  if (report === undefined) throw new TypeError(`migration ${migrationID} is no longer in the ledger`);
  if (output !== undefined) await session.time.hold(writeWhole(output, `${JSON.stringify(report, null, 2)}\n`));
  if (report.migration.endedAt === undefined) return tellForsaken(watch, migrationID, report);
  if (!audience.isJson) audience.say(migrationLines(report, audience.palette));
  const { outcome, summary } = report.migration;
  const exitCode = exitCodeOf(outcome);
  audience.event('end', session.time.now(), { exitCode, outcome, summary, report });
  return exitCode;
}

/** What is left of a migration that no process works on, wave by wave. */
async function tellForsaken(
  { world, session, audience }: WatchHere,
  migrationID: MigrationID,
  report: object,
): Promise<number> {
  const record = (await createLedger(world.store).readMigration(migrationID))?.record;
  const lines = [`Nobody works on migration ${migrationID} now; the command that did has ended before it.`];
  let exitCode: number = exitCodes.refused;
  for (const { name, runID } of wavesUnderWay(record)) {
    const rollback = `mgn-cutover rollback ${runID} ${world.flags}`.trimEnd();
    const left = await describeLeftovers(world.store, runID, { rollback });
    lines.push(`Wave ${name} (run ${runID}):`, ...left.lines.map((line) => `  ${line}`));
    exitCode = Math.max(exitCode, left.exitCode);
  }
  lines.push(`To go on with the migration: mgn-cutover run INPUT.json ${world.flags} --name ${migrationID}`);
  audience.say(lines);
  audience.event('end', session.time.now(), { exitCode, error: lines.join(' '), report });
  return exitCode;
}
