/** `start` of a migration: begins it on a deployed stack, exactly once whoever repeats it, or lets a stopped one go on. */
import * as v from 'valibot';
import { RunIDSchema } from '../../functions/domain/identifiers.ts';
import { inOrder } from '../../functions/domain/migration-order.ts';
import { parseMigration, type Migration } from '../../functions/domain/migration-input.ts';
import type { MigrationID } from '../../functions/domain/migration-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import type { Audience } from '../audience.ts';
import type { StartFlags } from '../commands/start.ts';
import { insistOnConsent } from '../consent.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { isResumable, whyItEnded } from '../stack/conclude-run.ts';
import { consoleLink } from '../stack/console-link.ts';
import { begin } from '../stack/execute-on-stack.ts';
import type { ExecutionDescription } from '../stack/executions.ts';
import { awaitFreeRun, isRunning } from '../stack/holds.ts';
import { onStack } from '../stack/on-stack.ts';
import { findResumable, redrive } from '../stack/resume.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import { targetWords } from '../target-words.ts';
import type { WaveRun } from '../tell-work.ts';
import type { OpenWorld, Session } from '../world.ts';
import { defaultMigrationName, parseMigrationName, waveRunsOf } from './migration-name.ts';
import { commitWords, orderWords } from './migration-preview.ts';
import { wavesUnderWay } from './stack-migration.ts';
import { describeUnfinished, watchMigration } from './watch-migration.ts';

/** What `start` was asked to do, with a migration as its input. */
export interface MigrationToStart {
  readonly inputPath: string;
  readonly rawInput: unknown;
  readonly flags: StartFlags;
  readonly io: Io;
  readonly audience: Audience;
}

interface Context extends MigrationToStart {
  readonly world: StackWorld;
  readonly session: Session;
  readonly migration: Migration;
  readonly migrationID: MigrationID;
}

/**
 * Starts or resumes the migration.
 *
 * @throws CommandError, InvalidInputError and what `openWorld` throws, when nothing was started.
 */
export function startMigration(asked: MigrationToStart, openWorld: OpenWorld): Promise<number> {
  const { rawInput, flags, io } = asked;
  const migration = parseMigration(rawInput);
  const migrationID =
    flags.name === undefined ? defaultMigrationName(migration) : parseMigrationName('--name', flags.name);
  waveRunsOf(migrationID, migration);
  return onStack(flags, io, openWorld, (world, session) => {
    const context = { ...asked, world, session, migration, migrationID };
    return flags.resume === true ? resume(context) : startAnew(context);
  });
}

async function startAnew(context: Context): Promise<number> {
  const { world, rawInput, migrationID } = context;
  const known = await world.stack.executions.describe('migration-run', migrationID);
  if (known !== undefined) throw await alreadyStarted(context, known);
  if ((await createLedger(world.store).readMigration(migrationID)) !== undefined) {
    throw new CommandError(
      `A migration named ${migrationID} is in the ledger of ${world.label} already. Nothing was started; give this one another name with --name.`,
    );
  }
  await insistOnStart(context, 'Start');
  const { startedAt, isEnded } = await begin(world.stack, 'migration-run', migrationID, rawInput);
  const ended = isEnded ? await world.stack.executions.describe('migration-run', migrationID) : undefined;
  if (ended !== undefined) throw await alreadyStarted(context, ended);
  return tellStart(context, startedAt, 'started');
}

/** What would be started, in which order, and the person's word for it. */
async function insistOnStart(context: Context, what: 'Start' | 'Go on with'): Promise<void> {
  const { world, session, io, audience, migrationID, migration, flags } = context;
  audience.say([
    audience.palette.strong(
      `${what} migration ${migrationID}: ${String(migration.waves.length)} waves, ${world.label}`,
    ),
    ...inOrder(migration.waves).map(({ name, input }) => `  ${name}  ${targetWords(input)}`),
    orderWords(migration),
    'The stack resolves every wave first, and checks each one’s source servers as it begins.',
    commitWords(migration),
  ]);
  if (!world.needsConsent) return;
  const question = `${what} it in ${world.label}?`;
  await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
}

/** Says what became of the migration that has this name, and that nothing was started. */
async function alreadyStarted(context: Context, known: ExecutionDescription): Promise<CommandError> {
  const { world, migrationID } = context;
  const runID = v.parse(RunIDSchema, migrationID);
  if (known.status === 'RUNNING') return isRunning(runID, known, world.flags);
  const end = (await createLedger(world.store).readMigration(migrationID))?.record.end;
  const another = 'To run it once more, give it another name with --name.';
  if (end !== undefined) {
    const at = new Date(end.endedAt).toISOString();
    return new CommandError(`Migration ${migrationID} ended at ${at}: ${end.summary}. Nothing was started. ${another}`);
  }
  const { lines } = await describeUnfinished(context, known);
  return new CommandError(['Nothing was started now.', ...lines, ...(isResumable(known) ? [] : [another])].join('\n'));
}

/** The waves that were stopped go on first: the migration, redriven, then finds them at work. */
async function resume(context: Context): Promise<number> {
  const { world, migrationID, rawInput } = context;
  const runID = v.parse(RunIDSchema, migrationID);
  const execution = await world.stack.executions.describe('migration-run', migrationID);
  if (execution === undefined) {
    throw new CommandError(
      `--resume: there is no execution ${migrationID} to go on with; leave --resume out to start it.`,
    );
  }
  if (execution.status === 'RUNNING') throw isRunning(runID, execution, world.flags);
  const stored = await createLedger(world.store).readMigration(migrationID);
  if (stored?.record.end !== undefined) throw await alreadyStarted(context, execution);
  if (!isResumable(execution))
    throw new CommandError(`--resume: ${whyItEnded(execution)} It cannot go on; nothing was started.`);
  if (execution.input !== undefined && !isSameMigration(execution.input, rawInput)) {
    throw new CommandError(
      `--resume: migration ${migrationID} was begun with another input, and goes on only with that one; nothing was started.`,
    );
  }
  await insistOnStart(context, 'Go on with');
  for (const wave of wavesUnderWay(stored?.record)) await resumeWave(context, wave);
  return tellStart(context, await redrive(world, runID, 'migration-run'), 'goes on');
}

function isSameMigration(begunWith: string, rawInput: unknown): boolean {
  return JSON.stringify(parseMigration(JSON.parse(begunWith))) === JSON.stringify(parseMigration(rawInput));
}

/** A wave that cannot go on is left as it is: the migration judges it by its run. */
async function resumeWave(
  { world, session, io, audience, migration }: Context,
  { name, runID }: WaveRun,
): Promise<void> {
  const input = migration.waves.find((wave) => wave.name === name)?.input;
  const execution = await world.stack.executions.describe('wave-cutover', runID);
  if (input === undefined || execution === undefined || execution.status === 'RUNNING') return;
  try {
    const resumable = await findResumable(world, runID, input);
    const progress = {
      remark: (sentence: string) => {
        audience.say([`wave ${name}: ${sentence}`]);
      },
    };
    await awaitFreeRun(world, session, io, { runID, executionArn: resumable.arn, progress });
    await redrive(world, runID);
    audience.say([`wave ${name} goes on.`]);
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== exitCodes.refused) throw error;
    audience.say([`wave ${name} does not go on: ${error.message}`]);
  }
}

async function tellStart(context: Context, startedAt: number, what: 'started' | 'goes on'): Promise<number> {
  const { world, session, audience, migrationID, flags, io, inputPath, rawInput } = context;
  const arn = world.stack.executions.arnOf('migration-run', migrationID);
  const consoleUrl = consoleLink(world.stack, arn);
  const watch = `mgn-cutover watch ${migrationID} ${world.flags}`;
  const at = new Date(startedAt).toISOString();
  const told = { migration: migrationID, executionArn: arn, startedAt: at, consoleUrl, watch };
  audience.event('started', session.time.now(), told);
  audience.say([
    what === 'started' ? `Started migration ${migrationID} at ${at}.` : `Migration ${migrationID} goes on since ${at}.`,
    ...(consoleUrl === undefined ? [] : [`  in the console: ${consoleUrl}`]),
    `  to watch it: ${watch}`,
  ]);
  if (flags.watch !== true) return exitCodes.done;
  const notEndedBefore = what === 'started' ? undefined : startedAt;
  const execution = { machine: 'migration-run', name: migrationID, arn, status: 'RUNNING', startedAt } as const;
  const input = JSON.stringify(rawInput);
  return watchMigration(
    { world, session, io, audience, migrationID, inputPath, notEndedBefore },
    { execution: { ...execution, input } },
  );
}
