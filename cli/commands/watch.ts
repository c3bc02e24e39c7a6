/**
 * `watch`: follows a run of a deployed stack, or of this machine's ledger, for as long as somebody looks; whoever goes away
 * can come back.
 */
import * as v from 'valibot';
import type { RunID } from '../../functions/domain/identifiers.ts';
import { MigrationIDSchema } from '../../functions/domain/migration-record.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { audienceOf } from '../audience.ts';
import { CommandError } from '../exit-code.ts';
import { makeReport } from '../full-report.ts';
import { describeLeftovers } from '../interruption.ts';
import type { Io } from '../io.ts';
import { unknownRun } from '../known-run.ts';
import { clockTime } from '../live/fit.ts';
import { findMigration } from '../migration/stack-migration.ts';
import { watchMigrationHere } from '../migration/watch-migration-here.ts';
import { watchMigration } from '../migration/watch-migration.ts';
import { assertWritable } from '../output-file.ts';
import { parseRunName } from '../run-name.ts';
import { concludeRun, tellEnd } from '../stack/conclude-run.ts';
import type { ExecutionDescription } from '../stack/executions.ts';
import { readExecutions } from '../stack/follow-ups.ts';
import { onStack } from '../stack/on-stack.ts';
import { watchExecution, type Watch } from '../stack/watch-execution.ts';
import { verdictExitCodes, withHelp, withLines, type VerbContext } from '../verb.ts';
import { watchRunHere, type WatchHere } from '../watch-here.ts';
import type { OpenWorld } from '../world.ts';

/** Flags of `watch`. */
export interface WatchFlags {
  /** Undefined for a run of this machine's ledger. */
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly ledger?: string | undefined;
  readonly output?: string | undefined;
  readonly json?: boolean | undefined;
  readonly lines?: boolean | undefined;
}

/** Registers `watch`. */
export function addWatch({ command, io, worlds, end }: VerbContext): void {
  const watch = command('watch', 'follow a run while others work on it, or show how it ended; changes nothing');
  withLines(
    watch
      .argument('<RUN>', 'name of the run, or of a migration')
      .option('--stack <name>', 'the deployed stack that works on it (default: a command on this machine does)')
      .option('--region <region>', 'region of the stack, or for the commands that are shown')
      .option('--endpoint <url>', 'the simulator or other endpoint, for the commands that are shown')
      .option('--ledger <file>', 'the ledger of this machine (default: in the state folder)')
      .option('--output <file>', 'write the report as JSON')
      .option('--json', 'tell what happens as NDJSON'),
  ).action(async (run: string, flags: WatchFlags) => {
    end(await watchCommand(run, flags, io, worlds));
  });
  withHelp(watch, {
    examples: ['watch RUN', 'watch RUN --stack MgnCutover --region eu-west-1', 'watch RUN --lines'],
    exitCodes: { ...verdictExitCodes, 130: 'stopped watching (q or Ctrl-C); the run goes on' },
  });
}

/**
 * Shows the run until it ends, or its end at once; the exit code is that of `run`.
 *
 * @throws CommandError when there is no such run, and when the watcher goes away (exit code 130).
 */
export async function watchCommand(runName: string, flags: WatchFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  const audience = audienceOf(io, flags.json === true, flags.lines === true);
  const runID = parseRunName('RUN', runName);
  const { output, stack } = flags;
  if (output !== undefined) await assertWritable('--output', output);
  if (stack === undefined) return watchHere(runID, flags, { io, audience, output }, openWorld);
  if (flags.endpoint !== undefined || flags.ledger !== undefined)
    throw new CommandError('--stack does not go with --endpoint or --ledger: the stack has its own.');
  return onStack({ ...flags, stack }, io, openWorld, async (world, session) => {
    const migration = await findMigration(world, runID);
    if (migration !== undefined) {
      const { migrationID } = migration;
      return watchMigration({ world, session, io, audience, migrationID, output }, migration);
    }
    const watch = { world, session, io, audience, runID, output };
    const executions = await findExecutions(watch);
    const running = executions.findLast(({ status }) => status === 'RUNNING');
    if (running !== undefined) return watchExecution(watch, running);
    const last = executions.at(-1);
    if (last !== undefined) return concludeRun(watch, last);
    const run = (await createLedger(world.store).readRun(runID))?.value;
    if (run === undefined) throw unknownRun(world, runID, await createLedger(world.store).listRunIDs());
    return showForeignRun(watch, run);
  });
}

/** A run of this machine's ledger, or a migration of it. */
async function watchHere(
  runID: RunID,
  flags: WatchFlags,
  told: Pick<WatchHere, 'io' | 'audience' | 'output'>,
  openWorld: OpenWorld,
): Promise<number> {
  const world = await openWorld(flags, { ledger: 'watch', runID }, told.io);
  try {
    return await world.within(async (session) => {
      const watch = { ...told, world, session, runID };
      const migrationID = v.parse(MigrationIDSchema, runID);
      const migration = (await createLedger(world.store).readMigration(migrationID))?.record;
      return migration === undefined ? watchRunHere(watch) : watchMigrationHere(watch, migration);
    });
  } finally {
    world.close();
  }
}

/** A moment after its start an execution may not show yet: of a run that nobody knows it is asked twice. */
const secondLookMs = 2_000;

async function findExecutions({ world, session, runID }: Watch): Promise<ExecutionDescription[]> {
  const found = await readExecutions(world.stack.executions, runID);
  if (found.length > 0 || (await createLedger(world.store).readRun(runID)) !== undefined) return found;
  await session.time.sleep(secondLookMs);
  return readExecutions(world.stack.executions, runID);
}

/** A run in the stack's ledger that no execution of the stack began: a command on some machine works on it, or did. */
async function showForeignRun(watch: Watch, run: RunRecord): Promise<number> {
  const { world, session, audience, runID } = watch;
  const report = await makeReport(world, runID);
  if (report?.run.endedAt !== undefined) return tellEnd(watch, report);
  const now = session.time.now();
  const isHeld = run.holder !== undefined && run.holder.heldUntil > now;
  const who = isHeld
    ? `It is being worked on there, or was until shortly before ${clockTime(now)}.`
    : 'Nothing works on it now.';
  const { exitCode, lines } = await describeLeftovers(world.store, runID, {
    resume: `mgn-cutover run INPUT.json --region ${world.stack.region} --ledger stack:${world.stack.name} --name ${runID}`,
    rollback: `mgn-cutover rollback ${runID} ${world.flags}`,
  });
  const said = [
    `Run ${runID} was begun from a machine with the stack’s ledger, and not by the stack. ${who}`,
    ...lines,
  ];
  audience.say(said);
  audience.event('end', now, { exitCode, error: said.join(' '), report });
  return exitCode;
}
