/** What `rollback` and `commit` have in common: a run that is in a ledger, and the right to work on it while they do. */
import * as v from 'valibot';
import type { RunID } from '../functions/domain/identifiers.ts';
import { MigrationIDSchema, type MigrationRecord } from '../functions/domain/migration-record.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { audienceOf, type Audience } from './audience.ts';
import { CommandError } from './exit-code.ts';
import { openHistoryLog, type HistoryLog } from './history-log.ts';
import type { Io } from './io.ts';
import { assertKnown } from './known-run.ts';
import { assertWritable } from './output-file.ts';
import { withRunAnswered, type RunClaim } from './run-claim.ts';
import { parseRunName } from './run-name.ts';
import type { OpenWorld, Session, World, WorldFlags } from './world.ts';

/** Flags of both. */
export interface FollowUpFlags extends WorldFlags {
  /** Source servers by ID or host name; all of the run that can be meant if absent. */
  readonly server?: readonly string[] | undefined;
  readonly output?: string | undefined;
  readonly log?: string | undefined;
  readonly json?: boolean | undefined;
  readonly lines?: boolean | undefined;
}

/** What such a command works with. */
export interface FollowUpContext<Flags extends FollowUpFlags> {
  readonly world: World;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly runID: RunID;
  readonly flags: Flags;
  readonly historyLog: HistoryLog;
  readonly claim: RunClaim;
}

/**
 * Opens the world, claims the run and has `act` do the rest; `actOnMigration`, where the name is that of a migration.
 *
 * @throws CommandError and what `openWorld` throws, when it is refused and nothing was touched.
 */
export async function followUp<Flags extends FollowUpFlags>(
  runName: string,
  flags: Flags,
  io: Io,
  openWorld: OpenWorld,
  act: (context: FollowUpContext<Flags>) => Promise<number>,
  actOnMigration: (context: Omit<FollowUpContext<Flags>, 'claim'>, record: MigrationRecord) => Promise<number>,
): Promise<number> {
  if (flags.stack !== undefined && flags.log !== undefined) {
    throw new CommandError(
      '--log does not go with --stack: Step Functions keeps the history of its executions itself.',
    );
  }
  const audience = audienceOf(io, flags.json === true, flags.lines === true);
  const runID = parseRunName('RUN', runName);
  if (flags.output !== undefined) await assertWritable('--output', flags.output);
  const world = await openWorld(flags, { ledger: 'existing', runID }, io);
  const context = { world, io, audience, runID, flags };
  try {
    const historyLog = openHistoryLog(flags.log);
    try {
      return await world.within(async (session) => {
        const migration = await session.time.hold(readMigration(world, runID));
        if (migration !== undefined) return actOnMigration({ ...context, session, historyLog }, migration);
        await session.time.hold(assertKnown(world, runID));
        return withRunAnswered(world, session, runID, (claim) => act({ ...context, session, historyLog, claim }));
      });
    } finally {
      historyLog.close();
    }
  } finally {
    world.close();
  }
}

async function readMigration({ store }: World, name: RunID): Promise<MigrationRecord | undefined> {
  return (await createLedger(store).readMigration(v.parse(MigrationIDSchema, name)))?.record;
}
