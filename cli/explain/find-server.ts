/** Which source server of which run a person means, by the name they know it by. */
import * as v from 'valibot';
import type { RunID } from '../../functions/domain/identifiers.ts';
import { MigrationIDSchema } from '../../functions/domain/migration-record.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { shownText } from '../../functions/domain/shown-text.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { namesOf } from '../asked-servers.ts';
import { CommandError } from '../exit-code.ts';
import { unknownRun } from '../known-run.ts';
import { readRuns } from '../ledger-runs.ts';
import { plain } from '../live/fit.ts';
import type { World } from '../world.ts';

/** A source server in the run that is to be explained. */
export interface FoundServer {
  readonly run: RunRecord;
  readonly record: ServerRecord;
  /** All source servers of the run. */
  readonly servers: readonly ServerRecord[];
}

/** Where to look, and for whom. */
export interface ServerQuery {
  /** The ID, or the host name in any case. */
  readonly name: string;
  /** The run, or the migration whose waves are meant; every run of the ledger if absent, the newest first. */
  readonly run?: RunID | undefined;
}

/**
 * Finds the source server in the newest run that has it.
 *
 * @throws CommandError when nobody has that name, or several do, saying which there are.
 */
export async function findServer(
  ledger: Pick<World, 'store' | 'ledgerPath' | 'stack' | 'flags'>,
  { name, run }: ServerQuery,
): Promise<FoundServer> {
  const { store } = ledger;
  const names = run === undefined ? await createLedger(store).listRunIDs() : await runsMeantBy(ledger, run);
  const runs = (await readRuns(store, names)).sort((one, other) => other.createdAt - one.createdAt);
  const seen: ServerRecord[] = [];
  for (const candidate of runs) {
    const servers = await createLedger(store).readServers(candidate.runID);
    const matches = servers.filter((server) => isCalled(server, name));
    if (matches.length > 1) throw ambiguous(name, candidate.runID, matches);
    const [record] = matches;
    if (record !== undefined) return { run: candidate, record, servers };
    seen.push(...servers);
  }
  throw unknown(name, run ?? ledger.ledgerPath ?? 'the ledger', seen);
}

/** The run itself; of a migration the runs of its waves. */
async function runsMeantBy(
  world: Pick<World, 'store' | 'ledgerPath' | 'stack' | 'flags'>,
  name: RunID,
): Promise<readonly string[]> {
  const ledger = createLedger(world.store);
  if ((await ledger.readRun(name)) !== undefined) return [name];
  const migration = await ledger.readMigration(v.parse(MigrationIDSchema, name));
  if (migration === undefined) throw unknownRun(world, name, await ledger.listRunIDs());
  return migration.record.waves.filter(({ startedAt }) => startedAt !== undefined).map(({ runID }) => runID);
}

/** Host names are compared as the network does: the case of letters means nothing. */
function isCalled({ sourceServerID, hostname }: ServerRecord, name: string): boolean {
  return sourceServerID === name || hostname?.toLowerCase() === name.toLowerCase();
}

function ambiguous(name: string, runID: RunID, matches: readonly ServerRecord[]): CommandError {
  return new CommandError(
    `SERVER: ${shownText(name)} is the host name of ${String(matches.length)} source servers in run ${runID}; say which by its ID: ${matches
      .map(({ sourceServerID, applicationName, applicationID }) => {
        const application = applicationName ?? applicationID;
        return application === undefined ? sourceServerID : `${sourceServerID} (${plain(application)})`;
      })
      .join(', ')}.`,
  );
}

function unknown(name: string, where: string, seen: readonly ServerRecord[]): CommandError {
  const distinct = [...new Map(seen.map((server) => [server.sourceServerID, server])).values()];
  if (distinct.length === 0) return new CommandError(`SERVER: ${where} has no source server at all.`);
  const alike = distinct.filter(({ sourceServerID, hostname = '' }) =>
    [sourceServerID, hostname].some((known) => isAlike(known.toLowerCase(), name.toLowerCase())),
  );
  const listed = namesOf(alike.length > 0 ? alike : distinct);
  return new CommandError(`SERVER: ${shownText(name)} is not in ${where}; it has ${listed}.`);
}

function isAlike(known: string, asked: string): boolean {
  return known !== '' && asked !== '' && (known.includes(asked) || asked.includes(known));
}
