/** `rollback`: brings back what a run launched and did not finalize, on a person's word. */
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { isReversible } from '../../functions/domain/rollback-selection.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { askedFor, namesOf } from '../asked-servers.ts';
import { insistOnConsent } from '../consent.ts';
import { concludeRollback, isRollbackOver } from '../conclude-rollback.ts';
import { execute, type Executed } from '../execute.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import { beginFollowUp } from '../follow-up.ts';
import { followUp, type FollowUpContext, type FollowUpFlags } from '../follow-up-command.ts';
import type { Io } from '../io.ts';
import { applicationName, serverName } from '../live/server-words.ts';
import { rollBackMigration } from '../migration/rollback-migration.ts';
import { refuseWhileRunning } from '../stack/holds.ts';
import { withPerson } from '../with-person.ts';
import { withHelp, withLines, withPlaceOrStack, type VerbContext } from '../verb.ts';
import type { OpenWorld } from '../world.ts';

/** Flags of `rollback`. */
export interface RollbackFlags extends FollowUpFlags {
  readonly yes?: boolean | undefined;
}

type RollbackContext = FollowUpContext<RollbackFlags>;

/** Registers `rollback`. */
export function addRollback({ command, io, worlds, end }: VerbContext): void {
  const rollback = command('rollback', 'bring back what a run launched and did not finalize');
  withLines(withPlaceOrStack(rollback.argument('<RUN>', 'name of the run, or of a migration')))
    .option('--server <id...>', 'only these source servers, by ID or host name')
    .option('--output <file>', 'write the report as JSON')
    .option('--json', 'tell what happens as NDJSON')
    .option('--log <file>', 'write the history of the executions as NDJSON')
    .option('--yes', 'do not ask')
    .action(async (run: string, flags: RollbackFlags) => {
      end(await rollbackCommand(run, flags, io, worlds));
    });
  withHelp(rollback, {
    examples: [
      'rollback RUN --region eu-west-1',
      'rollback RUN --region eu-west-1 --server web-1',
      'rollback RUN --stack MgnCutover --region eu-west-1',
    ],
    exitCodes: {
      0: 'everything asked for is back: READY_FOR_CUTOVER, and no instance of the run left; or nothing was to be brought back, and the run is closed',
      2: 'refused, nothing was touched',
      3: 'a person is needed; the commands that are left are printed',
      130: 'with --stack: stopped watching; the rollback goes on',
    },
  });
}

/**
 * Rolls the run back, or the waves of a migration; 0 when all that was asked for is back, 3 when a person is needed.
 *
 * @throws CommandError and what `openWorld` throws, when it is refused and nothing was touched.
 */
export function rollbackCommand(runName: string, flags: RollbackFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  return followUp(runName, flags, io, openWorld, rollBack, (context, migration) =>
    rollBackMigration(context, migration, rollBack),
  );
}

async function rollBack(context: RollbackContext): Promise<number> {
  const { world, session, io, audience, runID, flags } = context;
  await refuseWhileRunning(world, runID, 'rollback');
  const asked = askedFor(await createLedger(world.store).readServers(runID), flags.server, runID);
  const open = asked.filter(isReversible);
  const finalized = asked.filter(({ verdict }) => verdict === 'FINALIZED');
  if (flags.server !== undefined && finalized.length > 0) {
    throw new CommandError(`--server: ${namesOf(finalized)} is finalized, and that cannot be undone; leave it out.`);
  }
  if (open.length === 0) return nothingToBringBack(context, asked, finalized);
  audience.say([
    audience.palette.strong(`Rollback of ${runID} in ${world.label} brings back:`),
    ...open.map(openLine),
    ...(finalized.length === 0 ? [] : [`Finalized and out of reach: ${namesOf(finalized)}.`]),
    'Each is reverted to READY_FOR_CUTOVER, then the instance this run launched is terminated.',
  ]);
  if (world.needsConsent) {
    const question = `Bring back ${String(open.length)} source server${open.length === 1 ? '' : 's'}?`;
    await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
  }
  return executeRollback(context, asked);
}

function openLine(record: ServerRecord): string {
  const what = record.cutover?.ec2InstanceID ?? record.cutover?.jobID ?? 'not launched as far as is known';
  return `  ${serverName(record)}  ${applicationName(record)}  ${record.phase}  ${what}`;
}

/** A run without an end gets one all the same: nobody else would ever give it, and its locks would stay. */
async function nothingToBringBack(
  context: RollbackContext,
  asked: readonly ServerRecord[],
  finalized: readonly ServerRecord[],
): Promise<number> {
  const { world, session, io, audience, runID, flags } = context;
  const isEnded = (await createLedger(world.store).readRun(runID))?.value.end !== undefined;
  if (finalized.length > 0) {
    const what = `Run ${runID}: ${namesOf(finalized)} finalized, and that cannot be undone; nothing else is left.`;
    const commit = ` The run has no end yet; this ends it: mgn-cutover commit ${runID} ${world.flags}`;
    throw new CommandError(isEnded ? what : `${what}${commit}`);
  }
  if (isEnded || flags.server !== undefined) return nothingToDo(context, asked, isEnded);
  audience.say([
    `There is nothing to bring back in run ${runID}: no source server of it is cut over.`,
    'It has no end yet. This closes it and gives its locks back; it cannot go on after that.',
  ]);
  if (world.needsConsent) {
    const question = `Close run ${runID}?`;
    await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
  }
  return executeRollback(context, asked);
}

function nothingToDo(
  { world, audience, session, runID, flags }: RollbackContext,
  asked: readonly ServerRecord[],
  isEnded: boolean,
): number {
  const which = flags.server === undefined ? 'no source server of it' : `of ${namesOf(asked)} nothing`;
  const sentence = `There is nothing to bring back in run ${runID}: ${which} is cut over.`;
  audience.say([sentence, ...(isEnded ? [] : [`To close the run: mgn-cutover rollback ${runID} ${world.flags}`])]);
  audience.event('end', session.time.now(), { exitCode: exitCodes.done, summary: sentence });
  return exitCodes.done;
}

async function executeRollback(context: RollbackContext, asked: readonly ServerRecord[]): Promise<number> {
  const { world, session, io, audience, runID, flags, historyLog, claim } = context;
  const askedIDs = asked.map((record) => record.sourceServerID);
  const named = flags.server === undefined ? {} : { sourceServerIDs: askedIDs };
  const input = await withPerson(world, session, { runID, ...named });
  const target = flags.server === undefined ? 'all of the run' : namesOf(asked);
  const followUp = await beginFollowUp(world, runID, 'rollback', input);
  const executed = await execute(world, session, io, {
    start: { machine: 'rollback', name: followUp.executionName, input },
    runID,
    header: { name: runID, kind: 'rollback', target, place: world.label, isRehearsal: world.isRehearsal },
    progress: audience.progress(() => session.time.now()),
    historyLog,
    claim,
  });
  if (isRollbackOver(executed) || (await wasRefused(context, executed))) await followUp.end();
  return concludeRollback({ world, session, audience, runID, output: flags.output }, askedIDs, executed);
}

/** A rollback that was refused has marked nothing; one that was cut short may have, and run must not go on before it. */
async function wasRefused({ world, runID }: RollbackContext, { result }: Executed): Promise<boolean> {
  const servers = await createLedger(world.store).readServers(runID);
  return result.status === 'FAILED' && !servers.some(({ phase }) => phase === 'rolling back');
}
