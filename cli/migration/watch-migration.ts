/** `watch` of a migration on a deployed stack: follows its waves for as long as somebody looks. */
import * as v from 'valibot';
import { RunIDSchema } from '../../functions/domain/identifiers.ts';
import type { MigrationID } from '../../functions/domain/migration-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import type { Audience } from '../audience.ts';
import { exitCodeOf, exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { writeWhole } from '../output-file.ts';
import { shellWord } from '../shell-word.ts';
import { isResumable, leftoversOf, whyItEnded } from '../stack/conclude-run.ts';
import type { ExecutionDescription } from '../stack/executions.ts';
import { follow } from '../stack/follow.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import type { WaveRun } from '../tell-work.ts';
import type { Session } from '../world.ts';
import { makeMigrationReport, migrationLines } from './migration-report.ts';
import { lookAtMigration, wavesUnderWay, type StackMigration } from './stack-migration.ts';

/** Who watches a migration. */
export interface MigrationWatch {
  readonly world: StackWorld;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly migrationID: MigrationID;
  /** The file its input was read from, for the command that resumes it. */
  readonly inputPath?: string | undefined;
  /** Where the report goes, if anywhere. */
  readonly output?: string | undefined;
  /** An end before this is an old answer: the execution was started or redriven then. Epoch milliseconds. */
  readonly notEndedBefore?: number | undefined;
}

/**
 * Shows the migration until it ends, or its end at once; the exit code is that of `run`.
 *
 * @throws CommandError when the process is asked to stop (exit code 130) or it can no longer be watched.
 */
export async function watchMigration(
  watch: MigrationWatch,
  { execution }: Pick<StackMigration, 'execution'>,
): Promise<number> {
  const { world, session, io, audience, migrationID, notEndedBefore } = watch;
  if (execution?.status !== 'RUNNING') return concludeMigration(watch, execution);
  const { machine, name, arn } = execution;
  const progress = audience.progress(() => session.time.now());
  const waveCount = (await createLedger(world.store).readMigration(migrationID))?.record.waves.length;
  const target = waveCount === undefined ? 'many waves' : `${String(waveCount)} waves`;
  const { label: place, flags } = world;
  progress.begin(
    { name, kind: 'migration', target, place, isRehearsal: false, flags, isDetachable: true },
    execution.startedAt,
  );
  progress.execution({ status: 'RUNNING', machine, execution: arn }, session.time.now());
  const runID = v.parse(RunIDSchema, migrationID);
  const look = lookAtMigration(world, migrationID, progress);
  return concludeMigration(watch, await followed());

  async function followed(): Promise<ExecutionDescription> {
    try {
      return await follow(world, session, io, { machine, name, runID, progress, notEndedBefore, look });
    } finally {
      progress.end(session.time.now());
    }
  }
}

/** Tells how the migration ended, or what an execution that was cut short leaves behind. */
async function concludeMigration(watch: MigrationWatch, execution: ExecutionDescription | undefined): Promise<number> {
  const { world, session, audience, migrationID, output } = watch;
  const report = await makeMigrationReport(world, migrationID);
  if (report !== undefined && output !== undefined)
    await session.time.hold(writeWhole(output, `${JSON.stringify(report, null, 2)}\n`));
  if (report?.migration.endedAt !== undefined) {
    if (!audience.isJson) audience.say(migrationLines(report, audience.palette));
    const { outcome, summary } = report.migration;
    const exitCode = exitCodeOf(outcome);
    audience.event('end', session.time.now(), { exitCode, outcome, summary, report });
    return exitCode;
  }
  const { exitCode, lines } = await describeUnfinished(watch, execution);
  audience.say(lines);
  audience.event('end', session.time.now(), { exitCode, error: lines.join(' '), report });
  return exitCode;
}

/** What an execution that has ended before its migration leaves behind, wave by wave, and the commands that are left. */
export async function describeUnfinished(
  watch: Pick<MigrationWatch, 'world' | 'session' | 'migrationID' | 'inputPath'>,
  execution: ExecutionDescription | undefined,
): Promise<{ exitCode: number; lines: string[] }> {
  const { world, migrationID, inputPath } = watch;
  const record = (await createLedger(world.store).readMigration(migrationID))?.record;
  const why =
    execution === undefined
      ? `Migration ${migrationID} was begun from a machine with the stack’s ledger, and not by the stack.`
      : whyItEnded(execution);
  if (record === undefined) return { exitCode: exitCodes.refused, lines: [why, 'No wave was started.'] };
  const input = inputPath === undefined ? 'INPUT.json' : shellWord(inputPath);
  const resume = `mgn-cutover start ${input} ${world.flags} --name ${migrationID} --resume`;
  const lines = [why];
  let exitCode: number = exitCodes.refused;
  for (const wave of wavesUnderWay(record)) {
    const left = await describeWave(watch, wave);
    lines.push(`Wave ${wave.name} (run ${wave.runID}):`, ...left.lines.map((line) => `  ${line}`));
    exitCode = Math.max(exitCode, left.exitCode);
  }
  const next = execution !== undefined && isResumable(execution) ? [`To go on with the migration: ${resume}`] : [];
  return { exitCode, lines: [...lines, ...next] };
}

async function describeWave({ world, session }: Pick<MigrationWatch, 'world' | 'session'>, { runID }: WaveRun) {
  const execution = await world.stack.executions.describe('wave-cutover', runID);
  if (execution === undefined) return { exitCode: exitCodes.refused, lines: ['Its execution was not started.'] };
  if (execution.status !== 'RUNNING') return leftoversOf({ world, session, runID }, execution);
  const watch = `mgn-cutover watch ${runID} ${world.flags}`;
  return { exitCode: exitCodes.person, lines: [`It is running still. Watch it: ${watch}`] };
}
