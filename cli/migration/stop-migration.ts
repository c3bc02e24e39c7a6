/** `stop` of a migration on a deployed stack: its execution, and those of its waves that it began. */
import { createLedger } from '../../functions/ledger/ledger.ts';
import type { Audience } from '../audience.ts';
import type { StopFlags } from '../commands/stop.ts';
import { insistOnConsent } from '../consent.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { whyItEnded } from '../stack/conclude-run.ts';
import type { ExecutionDescription } from '../stack/executions.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import { stopChildren, stopExecution } from '../stack/stop-execution.ts';
import type { WaveRun } from '../tell-work.ts';
import type { Session } from '../world.ts';
import { wavesUnderWay, type StackMigration } from './stack-migration.ts';
import { describeUnfinished } from './watch-migration.ts';

/** Who stops a migration. */
export interface MigrationStop {
  readonly world: StackWorld;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly flags: StopFlags;
}

/**
 * Stops the migration first, so that it starts no other wave, then the waves that are under way.
 *
 * @throws CommandError when nothing is running, or something did not stop.
 */
export async function stopMigration(stop: MigrationStop, { migrationID, execution }: StackMigration): Promise<number> {
  const { world, session, audience } = stop;
  const { executions } = world.stack;
  const read = async () => (await createLedger(world.store).readMigration(migrationID))?.record;
  const before = await runningWaves(world, wavesUnderWay(await read()));
  const isMigrationRunning = execution?.status === 'RUNNING';
  if (!isMigrationRunning && before.length === 0) {
    const why = execution === undefined ? 'The stack has no execution of it.' : whyItEnded(execution);
    throw new CommandError(`Migration ${migrationID} is not running. ${why} Nothing was stopped.`);
  }
  await insist(stop, migrationID, before);
  if (isMigrationRunning) {
    await stopExecution(executions, session.time, execution);
    audience.say([`migration ${migrationID} is stopped.`]);
  }
  const lines: string[] = [];
  // Read again: a wave may have been started while the person thought.
  for (const wave of await runningWaves(world, wavesUnderWay(await read()))) {
    lines.push(...(await stopWave(stop, wave)));
    audience.say([`wave execution ${wave.name} is stopped.`]);
  }
  const ended = await executions.describe('migration-run', migrationID);
  const left = await describeUnfinished({ world, session, migrationID }, ended ?? execution);
  const said = [...lines, ...left.lines];
  const exitCode = lines.length > 0 ? exitCodes.person : left.exitCode;
  audience.say(said);
  audience.event('end', session.time.now(), { exitCode, error: said.join(' ') });
  return exitCode;
}

/** Step Functions stops them with the migration as well as it can, and promises nothing. */
async function runningWaves({ stack }: StackWorld, waves: readonly WaveRun[]): Promise<ExecutionDescription[]> {
  const described = await Promise.all(waves.map(({ runID }) => stack.executions.describe('wave-cutover', runID)));
  return described.flatMap((execution) => (execution?.status === 'RUNNING' ? [execution] : []));
}

/** Stops a wave and what it began; gives what runs all the same, in words. */
async function stopWave({ world, session }: MigrationStop, wave: ExecutionDescription): Promise<string[]> {
  const { executions } = world.stack;
  await stopExecution(executions, session.time, wave);
  const children = await stopChildren(executions, session.time, wave, 'with the parent');
  if (children === 'UNKNOWN')
    return [`Whether what ${wave.name} began has stopped too cannot be seen from here; look in the console.`];
  return children.map(
    ({ machine, name, arn }) =>
      `${machine} ${name}, which ${wave.name} began, is RUNNING still. Stop it: aws stepfunctions stop-execution --execution-arn ${arn} --region ${world.stack.region}`,
  );
}

async function insist(
  stop: MigrationStop,
  migrationID: string,
  running: readonly ExecutionDescription[],
): Promise<void> {
  const { world, session, io, audience, flags } = stop;
  audience.say([
    audience.palette.strong(`Stop migration ${migrationID} in ${world.label}`),
    ...running.map(
      ({ name, startedAt }) => `Wave execution ${name} is running since ${new Date(startedAt).toISOString()}.`,
    ),
    'Nothing is brought back by this: jobs that MGN was given go on, and launched instances stay.',
  ]);
  if (!world.needsConsent) return;
  await session.time.hold(insistOnConsent('Stop it?', flags.yes === true, io, audience.prose));
}
