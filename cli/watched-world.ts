/**
 * The world of somebody who only watches a run of this machine's ledger: the file is read and nothing else is reached, so
 * that it takes no credentials and disturbs nobody.
 */
import type { RunID } from '../functions/domain/identifiers.ts';
import { MigrationIDSchema } from '../functions/domain/migration-record.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { withRealTime } from '../local/virtual-time.ts';
import * as v from 'valibot';
import type { Io } from './io.ts';
import { openKnownLedger } from './ledger-file.ts';
import { createLiveServices, isSimulator } from './live-services.ts';
import { readRunPlace } from './run-place.ts';
import { assertRegion, parseEndpoint, regionOf } from './reach.ts';
import { shellWord } from './shell-word.ts';
import type { World, WorldFlags } from './world.ts';

/**
 * Opens the ledger that has the run; where its source servers are, their ARNs say, and whether it is a simulator is noted.
 *
 * @throws CommandError when there is no such ledger, it cannot be read, or a flag names no place.
 */
export async function openWatchedWorld(
  { endpoint: given, region, ledger }: WorldFlags,
  runID: RunID | undefined,
  io: Io,
): Promise<World> {
  if (region !== undefined) assertRegion(region);
  if (given !== undefined) parseEndpoint(given);
  const { store, path } = openKnownLedger(ledger, io.env);
  try {
    const endpoint = given ?? (runID && (await readRunPlace(store, runID)))?.endpoint;
    const [, , , ofServers, accountID] = (await arnOf(store, runID))?.split(':') ?? [];
    const home = region ?? (ofServers === '' ? undefined : ofServers) ?? regionOf(undefined, io.env);
    const flags = [
      ...(endpoint === undefined ? [] : [`--endpoint ${shellWord(endpoint)}`]),
      ...(home === undefined ? [] : [`--region ${home}`]),
      ...(ledger === undefined ? [] : [`--ledger ${shellWord(ledger)}`]),
    ];
    const account = accountID === undefined || accountID === '' ? [] : [`account ${accountID}`];
    const place = [...(home === undefined ? [] : [home]), ...account].join(', ');
    const services = createLiveServices({ region: home ?? 'us-east-1', endpoint, env: io.env });
    return {
      isRehearsal: false,
      needsConsent: true,
      label: isSimulator(endpoint) ? `SIMULATOR ${endpoint ?? ''}` : `LIVE ${place}`.trimEnd(),
      flags: flags.join(' '),
      store,
      endpoint,
      ledgerPath: path,
      within: (work) => withRealTime((time) => work({ services, time })),
      close: () => {
        services.close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The ARN of one of its source servers; undefined while none is known. */
async function arnOf(store: LedgerStore, runID: RunID | undefined): Promise<string | undefined> {
  if (runID === undefined) return undefined;
  const ledger = createLedger(store);
  const waves = (await ledger.readMigration(v.parse(MigrationIDSchema, runID)))?.record.waves ?? [];
  for (const id of [runID, ...waves.map((wave) => wave.runID)]) {
    const arn = (await ledger.readServers(id))[0]?.arn;
    if (arn !== undefined) return arn;
  }
  return undefined;
}
