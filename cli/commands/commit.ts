/** `commit`: finalizes what a run verified, on a person's word. There is no way back from it. */
import { chooseForCommit } from '../../functions/domain/commit.ts';
import { waitingGate } from '../../functions/domain/gate.ts';
import { RunHeldError } from '../../functions/domain/errors.ts';
import type { MigrationRecord } from '../../functions/domain/migration-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { summarize } from '../../functions/domain/wave-outcome.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { askedFor, namesOf } from '../asked-servers.ts';
import { concludeCommit } from '../conclude-commit.ts';
import { insistOnName } from '../consent.ts';
import { execute } from '../execute.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import { beginFollowUp } from '../follow-up.ts';
import { followUp, type FollowUpContext, type FollowUpFlags } from '../follow-up-command.ts';
import type { Io } from '../io.ts';
import { applicationName, serverName } from '../live/server-words.ts';
import { refuseWhileRunning } from '../stack/holds.ts';
import { reasonLines } from '../summary.ts';
import { withPerson } from '../with-person.ts';
import { withHelp, withLines, withPlaceOrStack, type VerbContext } from '../verb.ts';
import type { OpenWorld } from '../world.ts';

/** Flags of `commit`; none of them says yes to whatever there is. */
export interface CommitFlags extends FollowUpFlags {
  /** The run's name, as the word of a person who cannot be asked. */
  readonly confirm?: string | undefined;
}

type CommitContext = FollowUpContext<CommitFlags>;

/** Registers `commit`. */
export function addCommit({ command, io, worlds, end }: VerbContext): void {
  const commit = command('commit', 'finalize what a run verified; cannot be undone');
  withLines(withPlaceOrStack(commit.argument('<RUN>', 'name of the run')))
    .option('--server <id...>', 'only these source servers, by ID or host name')
    .option('--confirm <name>', 'the name of the run, where nobody can be asked to type it')
    .option('--output <file>', 'write the report as JSON')
    .option('--json', 'tell what happens as NDJSON')
    .option('--log <file>', 'write the history of the executions as NDJSON')
    .action(async (run: string, flags: CommitFlags) => {
      end(await commitCommand(run, flags, io, worlds));
    });
  withHelp(commit, {
    examples: [
      'commit RUN --region eu-west-1',
      'commit RUN --region eu-west-1 --server web-1 web-2',
      'commit RUN --stack MgnCutover --region eu-west-1 --confirm RUN',
    ],
    exitCodes: {
      0: 'everything asked for is finalized',
      1: 'some of it is not: still verified, and may be asked for again or brought back',
      2: 'refused, nothing was touched',
      3: 'a person is needed; the commands that are left are printed',
      130: 'with --stack: stopped watching; the commit goes on',
    },
  });
}

/**
 * Commits the run; 0 when all that was asked for is finalized, 1 when some is still verified, 3 when a person is needed.
 *
 * @throws CommandError, InvalidInputError and what `openWorld` throws, when it is refused and nothing was touched.
 */
export function commitCommand(runName: string, flags: CommitFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  return followUp(runName, flags, io, openWorld, commit, refuseMigration);
}

/** There is no way back from a commit, so a person says it of each wave. */
function refuseMigration({ world, runID }: Pick<CommitContext, 'world' | 'runID'>, { waves }: MigrationRecord): never {
  const commands = waves
    .filter(({ startedAt }) => startedAt !== undefined)
    .map((wave) => `  mgn-cutover commit ${wave.runID} ${world.flags}`);
  throw new CommandError(
    [`${runID} is a migration. Its waves are committed one by one; nothing was touched:`, ...commands].join('\n'),
  );
}

async function commit(context: CommitContext): Promise<number> {
  const { world, session, io, audience, runID, flags } = context;
  await refuseWhileRunning(world, runID, 'commit');
  const ledger = createLedger(world.store);
  const servers = await ledger.readServers(runID);
  const named = flags.server === undefined ? undefined : askedFor(servers, flags.server, runID);
  const chosen = choose(context, servers, named);
  const run = (await ledger.readRun(runID))?.value;
  if (chosen.length === 0 && run?.end !== undefined) return nothingLeft(context);
  if (chosen.length === 0) {
    audience.say([`All that was asked for is finalized; a commit that was stopped left run ${runID} without its end.`]);
  } else {
    audience.say(planLines(context, chosen, servers));
    if (run !== undefined && waitingGate(run) !== undefined) audience.say(answerLines(chosen, servers));
    const purpose = `to finalize ${countOf(chosen)}`;
    await session.time.hold(insistOnName(runID, { purpose, given: flags.confirm }, io, audience.prose));
  }
  return executeCommit(context, named, chosen);
}

/** What the state machine's first step would choose, and refuse. */
function choose(
  { world, runID }: CommitContext,
  servers: readonly ServerRecord[],
  named: readonly ServerRecord[] | undefined,
): ServerRecord[] {
  try {
    return chooseForCommit(
      runID,
      servers,
      named?.map(({ sourceServerID }) => sourceServerID),
    );
  } catch (error) {
    if (!(error instanceof RunHeldError)) throw error;
    throw new CommandError(`${error.message} To bring it back: mgn-cutover rollback ${runID} ${world.flags}`);
  }
}

function planLines(
  { world, session, audience, runID }: CommitContext,
  chosen: readonly ServerRecord[],
  servers: readonly ServerRecord[],
): string[] {
  const now = session.time.now();
  return [
    audience.palette.strong(`Commit of ${runID} in ${world.label} finalizes ${countOf(chosen)}:`),
    ...chosen.flatMap((record) => serverLines(record, now)),
    ...(chosen.length === servers.length ? [] : [`The run as a whole has ${summarize(servers)}.`]),
    audience.palette.strong('This cannot be undone: replication ends, and no rollback brings these servers back.'),
    'Each is looked at again right before, and left alone if it is not as it was verified.',
  ];
}

/** A run that waits takes the first commit for the whole answer. */
function answerLines(chosen: readonly ServerRecord[], servers: readonly ServerRecord[]): string[] {
  const left = servers.filter((record) => record.verdict === 'VERIFIED' && !chosen.includes(record));
  const others =
    left.length === 0 ? '' : ` ${countOf(left)} stay verified, and then nothing brings them back by itself.`;
  return [`The run waits for this and goes on with it.${others}`];
}

function serverLines(record: ServerRecord, now: number): string[] {
  const verifiedAt = record.cutover?.verifiedAt ?? record.phaseAt;
  const facts = [
    applicationName(record),
    record.cutover?.ec2InstanceID ?? '',
    `verified ${spanWords(now - verifiedAt)} ago`,
  ];
  return [
    `  ${[serverName(record), ...facts].join('  ')}`,
    ...record.warnings.flatMap((warning) => reasonLines(warning, '- warning:')),
  ];
}

/** A time span in the two units that matter, such as `3 h 12 min`. */
function spanWords(spanMs: number): string {
  const minutes = Math.max(0, Math.floor(spanMs / 60_000));
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${String(minutes)} min`;
  if (hours < 48) return `${String(hours)} h ${String(minutes % 60)} min`;
  return `${String(Math.floor(hours / 24))} days ${String(hours % 24)} h`;
}

function countOf({ length }: readonly ServerRecord[]): string {
  return `${String(length)} source server${length === 1 ? '' : 's'}`;
}

function nothingLeft({ audience, session, runID }: CommitContext): number {
  const sentence = `Nothing is left to finalize in run ${runID}: all that was asked for is finalized already.`;
  audience.say([sentence]);
  audience.event('end', session.time.now(), { exitCode: exitCodes.done, summary: sentence });
  return exitCodes.done;
}

async function executeCommit(
  context: CommitContext,
  named: readonly ServerRecord[] | undefined,
  chosen: readonly ServerRecord[],
): Promise<number> {
  const { world, session, io, audience, runID, flags, historyLog, claim } = context;
  const namedIDs = named?.map(({ sourceServerID }) => sourceServerID);
  const input = await withPerson(world, session, { runID, ...(namedIDs && { sourceServerIDs: namedIDs }) });
  const followUp = await beginFollowUp(world, runID, 'commit', input);
  const executed = await execute(world, session, io, {
    start: { machine: 'commit', name: followUp.executionName, input },
    runID,
    header: {
      name: runID,
      kind: 'commit',
      target: named === undefined ? 'all that was verified' : namesOf(named),
      place: world.label,
      isRehearsal: world.isRehearsal,
    },
    progress: audience.progress(() => session.time.now()),
    historyLog,
    claim,
  });
  await followUp.end();
  const askedIDs = namedIDs ?? chosen.map(({ sourceServerID }) => sourceServerID);
  return concludeCommit({ world, session, audience, runID, output: flags.output }, askedIDs, executed);
}
