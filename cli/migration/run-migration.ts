/** `run` of a migration: cuts its waves over in their order, or goes on with one that was interrupted. */
import * as v from 'valibot';
import { parseMigration, type Migration } from '../../functions/domain/migration-input.ts';
import type { MigrationID } from '../../functions/domain/migration-record.ts';
import { RunIDSchema } from '../../functions/domain/identifiers.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import type { Audience } from '../audience.ts';
import { insistOnConsent } from '../consent.ts';
import { execute, type Executed } from '../execute.ts';
import { CommandError, exitCodeOf, exitCodes } from '../exit-code.ts';
import { differencesFrom, expectationLines, type Expectation } from '../expectation.ts';
import { writeHtmlReports } from '../html-report.ts';
import { openHistoryLog, type HistoryLog } from '../history-log.ts';
import { describeInterruption } from '../interruption.ts';
import type { Io } from '../io.ts';
import { writeWhole } from '../output-file.ts';
import { causeMessage } from '../refusal.ts';
import { shellWord } from '../shell-word.ts';
import type { WaveRun } from '../tell-work.ts';
import type { OpenWorld, Session, World } from '../world.ts';
import type { RunFlags } from '../commands/run.ts';
import { withMigrationClaimed, type MigrationClaim } from './migration-claim.ts';
import { defaultMigrationName, parseMigrationName, waveRunsOf } from './migration-name.ts';
import { migrationPlanLines, previewMigration } from './migration-preview.ts';
import { makeMigrationReport, migrationLines, type MigrationReport } from './migration-report.ts';

/** What `run` was asked to do, with a migration as its input. */
export interface MigrationToRun {
  readonly inputPath: string;
  readonly rawInput: unknown;
  /** With the speed that a rehearsal goes at. */
  readonly flags: RunFlags;
  readonly io: Io;
  readonly audience: Audience;
  readonly expectation: Expectation | undefined;
}

interface Context extends MigrationToRun {
  readonly world: World;
  readonly session: Session;
  readonly migrationID: MigrationID;
  readonly migration: Migration;
  readonly waves: readonly WaveRun[];
  readonly claim: MigrationClaim;
  readonly historyLog: HistoryLog;
}

/**
 * Runs the migration and answers with the exit code: that of a run, over all its waves.
 *
 * @throws CommandError, InvalidInputError and what `openWorld` and the steps throw, when it is refused.
 */
export async function runMigration(asked: MigrationToRun, openWorld: OpenWorld): Promise<number> {
  const { rawInput, flags, io } = asked;
  const migration = parseMigration(rawInput);
  const migrationID =
    flags.name === undefined ? defaultMigrationName(migration) : parseMigrationName('--name', flags.name);
  const waves = waveRunsOf(migrationID, migration);
  const world = await openWorld(flags, { target: migration.waves[0]?.input, ledger: 'create' }, io);
  const context = { ...asked, world, migrationID, migration, waves };
  try {
    const historyLog = openHistoryLog(flags.log);
    try {
      return await world.within((session) =>
        withMigrationClaimed(world, session, migrationID, waves, (claim) =>
          cutOver({ ...context, session, claim, historyLog }),
        ),
      );
    } finally {
      historyLog.close();
    }
  } finally {
    world.close();
  }
}

async function cutOver(context: Context): Promise<number> {
  const { world, session, io, audience, migrationID, waves, rawInput, historyLog, claim } = context;
  if (!world.isRehearsal) await insistOnMigration(context);
  const executed = await execute(world, session, io, {
    start: { machine: 'migration-run', name: migrationID, input: rawInput },
    runID: v.parse(RunIDSchema, migrationID),
    waves,
    header: {
      name: migrationID,
      kind: 'migration',
      target: `${String(waves.length)} waves`,
      place: world.label,
      isRehearsal: world.isRehearsal,
    },
    progress: claim.releasing(audience.progress(() => session.time.now())),
    historyLog,
  });
  const report = await makeMigrationReport(world, migrationID, { ...executed, madeAt: session.time.now() });
  if (executed.isInterrupted && report?.migration.endedAt === undefined) return interrupted(context, report);
  refuseUnlessEnded(context, executed, report);
  return finish(context, report);
}

/** Looking first costs a few reads and saves a refused migration from being begun. */
async function insistOnMigration(context: Context): Promise<void> {
  const { world, session, io, audience, migrationID, waves, rawInput, flags } = context;
  const end = (await createLedger(world.store).readMigration(migrationID))?.record.end;
  if (end !== undefined) {
    throw new CommandError(
      `A migration named ${migrationID} ended at ${new Date(end.endedAt).toISOString()}: ${end.summary}. Its records are in ${world.ledgerPath ?? 'the ledger'}. Give this one another name with --name.`,
    );
  }
  const planned = await previewMigration(world, session, migrationID, waves, rawInput);
  audience.say(migrationPlanLines(planned, world.label, audience.palette));
  if (!world.needsConsent) return;
  const question = `Cut over in ${world.label}?`;
  await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
}

/** How the machine says that it went to its end, whatever it came to. */
const outcomeErrors: readonly string[] = ['MigrationIncomplete', 'PersonNeeded'];

/** A migration that failed otherwise was refused, or has not ended and can go on. */
function refuseUnlessEnded(
  { world, session, audience, waves }: Context,
  { result }: Executed,
  report: MigrationReport | undefined,
): asserts report is MigrationReport {
  const hasEnded = result.status === 'SUCCEEDED' || outcomeErrors.includes(result.error ?? '');
  if (hasEnded && report !== undefined) return;
  const message = causeMessage(result.cause) ?? result.error ?? `the execution ended as ${result.status}`;
  const isBegun = report?.waves.some(({ startedAt }) => startedAt !== undefined) === true && !isTaken(result.error);
  const rollbacks = waves.map(({ runID }) => `mgn-cutover rollback ${runID} ${world.flags}`).join(', ');
  const refusal = isBegun
    ? new CommandError(
        `${message} Waves have been started: run the same command again to go on, or bring them back: ${rollbacks}`,
        exitCodes.person,
      )
    : new CommandError(message);
  audience.event('end', session.time.now(), { exitCode: refusal.exitCode, error: refusal.message, report });
  throw refusal;
}

/** Another execution or process has it, so that nothing was done here. */
function isTaken(error: string | undefined): boolean {
  return error === 'RunHeldError' || error === 'RunExistsError' || error === 'RunInProcessError';
}

async function interrupted(context: Context, report: MigrationReport | undefined): Promise<number> {
  const { world, session, audience, inputPath, migrationID } = context;
  const resume = `mgn-cutover run ${shellWord(inputPath)} ${world.flags} --name ${migrationID}`;
  const { exitCode, lines } = world.isRehearsal
    ? { exitCode: exitCodes.refused, lines: ['The rehearsal was stopped; it touched nothing that is real.'] }
    : await describeLeft(context, report, resume);
  audience.say(lines);
  audience.event('end', session.time.now(), { exitCode, error: lines.join(' '), report });
  if (report !== undefined) await write(context, report);
  return exitCode;
}

/** What the waves that were under way leave behind; the others are as they were. */
async function describeLeft({ world }: Context, report: MigrationReport | undefined, resume: string) {
  const left = (report?.waves ?? []).filter(({ state }) => state === 'RUNNING');
  const lines: string[] = [];
  let exitCode: number = exitCodes.refused;
  for (const { name, runID: id } of left) {
    const runID = v.parse(RunIDSchema, id);
    const rollback = `mgn-cutover rollback ${runID} ${world.flags}`;
    const wave = await describeInterruption(world.store, runID, { rollback });
    lines.push(`Wave ${name}: ${wave.lines.join('\n')}`);
    exitCode = Math.max(exitCode, wave.exitCode);
  }
  const summary = report === undefined ? 'No wave was started.' : `Stopped: ${report.migration.summary}.`;
  return { exitCode, lines: [summary, ...lines, `To go on with the migration: ${resume}`] };
}

async function finish(context: Context, report: MigrationReport): Promise<number> {
  const { session, audience, flags, expectation } = context;
  if (!audience.isJson) audience.say(migrationLines(report, audience.palette));
  await write(context, report);
  const { outcome, summary } = report.migration;
  const servers = report.waves.flatMap((wave) => wave.report?.servers ?? []);
  const differences = expectation === undefined ? undefined : differencesFrom(expectation, { servers });
  const exitCode =
    differences === undefined ? exitCodeOf(outcome) : differences.length === 0 ? exitCodes.done : exitCodes.notAll;
  if (differences !== undefined) audience.say(expectationLines(differences, servers.length, flags.expect ?? ''));
  audience.event('end', session.time.now(), { exitCode, outcome, summary, differences, report });
  return exitCode;
}

async function write({ session, audience, flags }: Context, report: MigrationReport): Promise<void> {
  const { output, report: page } = flags;
  if (output !== undefined) await session.time.hold(writeWhole(output, `${JSON.stringify(report, null, 2)}\n`));
  if (page === undefined) return;
  const reports = report.waves.flatMap((wave) => wave.report ?? []);
  audience.say(['', ...(await session.time.hold(writeHtmlReports(reports, page, '--report')))]);
}
