/**
 * The world a command works in: a scenario in virtual time with a ledger of its own, or a real endpoint in real time
 * with the ledger of this machine. What comes after cannot tell them apart.
 */
import type { TargetServices } from '../functions/accounts/target-services.ts';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore, MgnTarget } from '../functions/domain/ports.ts';
import type { Tag } from '../functions/domain/source-server.ts';
import { accountIDOf, targetOf, viewedAccountID } from '../functions/domain/target.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { createMemoryStore } from '../functions/ledger/memory-store.ts';
import { createSimulatedWorld, warmUpSdk } from '../local/simulated-world.ts';
import { realTime, withRealTime, withVirtualTime, type Time } from '../local/virtual-time.ts';
import { InvalidScenarioError, parseScenario } from '../simulator/scenario/parse-scenario.ts';
import type { Scenario } from '../simulator/scenario/scenario-schema.ts';
import { CommandError } from './exit-code.ts';
import { writeLine, type Io } from './io.ts';
import { hasLedger, ledgerPathOf, openLedgerFile } from './ledger-file.ts';
import { createLiveServices, isSimulator, type LiveReach } from './live-services.ts';
import { findPerson } from './person.ts';
import { preflight } from './preflight.ts';
import { assertRegion, regionOf } from './reach.ts';
import { readJson } from './read-json.ts';
import { shellWord } from './shell-word.ts';
import { withSimulatedFactsApart } from './simulated-facts.ts';
import { openStackLedger, openStackWorld, type Stack } from './stack/stack-world.ts';
import { openWatchedWorld } from './watched-world.ts';

/** The flags that choose a world. */
export interface WorldFlags {
  readonly scenario?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** A file, or `stack:NAME` for the ledger of that stack in the same region. */
  readonly ledger?: string | undefined;
  /** The deployed stack whose state machines are to do the work. */
  readonly stack?: string | undefined;
  readonly seed?: number | undefined;
  /** Virtual seconds a wall second at most; unlimited if absent. Rehearsals only. */
  readonly speed?: number | undefined;
}

/** How a command uses the world. */
export interface WorldUse {
  /** Where the run acts, when that is not the caller's own account and region. */
  readonly target?: MgnTarget | undefined;
  /** The run to work on, when its ledger is what says where it acts. */
  readonly runID?: RunID | undefined;
  /** Whether the ledger is made when there is none, must be there, is only looked at, or is all that is needed. */
  readonly ledger: 'create' | 'existing' | 'look' | 'watch';
}

/** What a command works with while it runs in a world. */
export interface Session {
  readonly services: TargetServices;
  readonly time: Time;
}

/** A world. */
export interface World {
  readonly isRehearsal: boolean;
  /** Whether acting here needs a person's word: everything but a rehearsal and a simulator on this machine. */
  readonly needsConsent: boolean;
  /** Where it is, in words for a header, such as `REHEARSAL (simulated)` or `LIVE eu-west-1`. */
  readonly label: string;
  /** The flags that lead here again, for commands that a person may paste. */
  readonly flags: string;
  /** The ledger; that of a {@link World.stack} can only be read. */
  readonly store: LedgerStore;
  readonly endpoint?: string | undefined;
  /** Where the ledger is, in words; undefined if it ends with the command. */
  readonly ledgerPath?: string | undefined;
  /** The deployed stack whose state machines do the work; undefined where this process does it. */
  readonly stack?: Stack | undefined;
  /** Makes attempts and executions of the run unlike any other's; the same in every rehearsal of one seed. */
  readonly newNonce?: (() => string) | undefined;
  /** Who asks, for the record, see `person.ts`; nobody in a rehearsal. */
  readonly findPerson?: (() => Promise<string>) | undefined;
  /** The tag a source server has to carry here before anything is started on it; none where it is undefined. */
  readonly sourceServerTag?: Tag | undefined;
  /** Runs the command's work on the world's time. */
  within<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  close(): void;
}

/** Opens the world that flags choose. */
export type OpenWorld = (flags: WorldFlags, use: WorldUse, io: Io) => Promise<World>;

/** When a rehearsal begins if its scenario does not say. */
export const rehearsalStart = '2026-01-10T22:00:00Z';

/** {@link OpenWorld} of the real program. */
export const openWorld: OpenWorld = async (flags, use, io) => {
  if (use.ledger === 'watch') return openWatchedWorld(flags, use.runID, io);
  assertOneWorld(flags);
  if (flags.stack !== undefined) return openStackWorld({ stack: flags.stack, region: flags.region }, io);
  return flags.scenario === undefined ? openEndpoint(flags, use, io) : openRehearsal(flags, flags.scenario, io);
};

function assertOneWorld({ scenario, endpoint, region, ledger, stack, seed, speed }: WorldFlags): void {
  if (stack !== undefined && (endpoint !== undefined || ledger !== undefined)) {
    throw new CommandError(
      '--stack does not go with --endpoint or --ledger: the stack has its own. To do the work from here with the stack’s ledger, say --region REGION --ledger stack:NAME.',
    );
  }
  if ([scenario, endpoint, region, stack].every((place) => place === undefined)) {
    throw new CommandError(
      'Say where: --scenario FILE to rehearse, --region REGION for AWS, or --endpoint URL for a simulator that runs already.',
    );
  }
  if (scenario === undefined) {
    const strays = [seed === undefined ? [] : '--seed', speed === undefined ? [] : '--speed'].flat();
    if (strays.length === 0) return;
    throw new CommandError(`${strays.join(' and ')} belong to a rehearsal; use them with --scenario only.`);
  }
  const others = [
    stack === undefined ? [] : '--stack',
    endpoint === undefined ? [] : '--endpoint',
    region === undefined ? [] : '--region',
    ledger === undefined ? [] : '--ledger',
  ].flat();
  if (others.length === 0) return;
  throw new CommandError(
    `--scenario does not go with ${others.join(' or ')}: a rehearsal touches neither AWS nor a ledger that outlives it.`,
  );
}

/**
 * Reads a scenario file.
 *
 * @throws CommandError when it cannot be read or is not a scenario, naming every problem.
 */
export async function readScenarioFile(path: string, io: Pick<Io, 'stdin'>): Promise<Scenario> {
  const content = await readJson('--scenario', path, io);
  try {
    return parseScenario(content);
  } catch (error) {
    if (error instanceof InvalidScenarioError) throw new CommandError(`--scenario: ${path}: ${error.message}.`);
    throw error;
  }
}

async function openRehearsal({ seed = 1, speed }: WorldFlags, path: string, io: Io): Promise<World> {
  const scenario = await readScenarioFile(path, io);
  return {
    isRehearsal: true,
    needsConsent: false,
    label: 'REHEARSAL (simulated)',
    flags: `--scenario ${shellWord(path)}`,
    store: createMemoryStore(),
    newNonce: () => `rehearsal-${String(seed)}`,
    within: (work) =>
      withVirtualTime(
        {
          startMs: Date.parse(scenario.startTime ?? rehearsalStart),
          seed,
          warmUp: () => warmUpSdk(scenario, realTime),
          ...(speed === undefined ? {} : { paceRatioMax: speed }),
        },
        (time) => work({ services: createSimulatedWorld(scenario, seed, time).services, time }),
      ),
    close: () => undefined,
  };
}

async function openEndpoint(flags: WorldFlags, use: WorldUse, io: Io): Promise<World> {
  const { endpoint } = flags;
  const region = regionOf(flags.region, io.env) ?? use.target?.region ?? 'us-east-1';
  assertRegion(region);
  const reach = { region, endpoint, env: io.env };
  const { ledger, target } = await openLedgerAndProbe(flags, use, reach, io);
  if (flags.region !== undefined && target.region !== undefined && flags.region !== target.region) {
    const note = `the run is of region ${target.region}, so that is where its source servers are, and not in ${flags.region}, as --region says`;
    writeLine(io.stderr, `mgn-cutover: note: ${note}.`);
  }
  const services = createLiveServices(reach);
  const place = endpoint === undefined ? `--region ${region}` : `--endpoint ${shellWord(endpoint)} --region ${region}`;
  return {
    isRehearsal: false,
    needsConsent: !isSimulator(endpoint),
    label: `${placeLabel(reach, target)}${ledger.label}`,
    flags: flags.ledger === undefined ? place : `${place} --ledger ${shellWord(flags.ledger)}`,
    endpoint,
    store: ledger.store,
    ledgerPath: ledger.path,
    findPerson: () => findPerson({ region, isSimulated: isSimulator(endpoint), env: io.env }),
    sourceServerTag: ledger.sourceServerTag,
    within: (work) => withRealTime((time) => work({ services, time })),
    close: () => {
      services.close();
      ledger.close();
    },
  };
}

/** Where the source servers are, as a person is asked for their word about it. */
function placeLabel({ region, endpoint }: LiveReach, target: MgnTarget): string {
  const accountID = accountIDOf(target);
  const account = accountID === undefined ? '' : `, account ${accountID}`;
  const at = endpoint === undefined ? '' : ` ${endpoint}`;
  return isSimulator(endpoint) ? `SIMULATOR${at}${account}` : `LIVE ${target.region ?? region}${at}${account}`;
}

/** Nothing is made before the probe; a ledger that says where the run acts is there already. */
async function openLedgerAndProbe(
  flags: WorldFlags,
  use: WorldUse,
  reach: LiveReach,
  io: Io,
): Promise<{ ledger: OpenLedger; target: MgnTarget }> {
  const place = { ledger: flags.ledger, region: reach.region, isSimulated: isSimulator(reach.endpoint) };
  if (use.runID === undefined) {
    const target = use.target ?? {};
    await probe(reach, target);
    return { ledger: await openLedger(place, use, io), target };
  }
  const ledger = await openLedger(place, use, io);
  try {
    const run = (await createLedger(ledger.store).readRun(use.runID))?.value;
    const target = run === undefined ? {} : targetOf(run);
    await probe(reach, target);
    return { ledger, target };
  } catch (error) {
    ledger.close();
    throw error;
  }
}

/** A ledger of this machine or of a stack. */
interface OpenLedger {
  readonly store: LedgerStore;
  /** Where it is, in words. */
  readonly path: string;
  /** What a header says of it; nothing of this machine's own. */
  readonly label: string;
  readonly sourceServerTag?: Tag | undefined;
  close(): void;
}

const stackLedgerPrefix = 'stack:';

async function openLedger(
  { ledger, region, isSimulated }: { ledger: string | undefined; region: string; isSimulated: boolean },
  use: WorldUse,
  io: Io,
): Promise<OpenLedger> {
  if (ledger?.startsWith(stackLedgerPrefix) === true) {
    const stack = ledger.slice(stackLedgerPrefix.length);
    const path = `the ledger of STACK ${stack}`;
    return { ...(await openStackLedger({ stack, region }, io)), path, label: `, ${path}` };
  }
  const ledgerPath = ledgerPathOf(ledger, io.env);
  if (use.ledger === 'existing' && !hasLedger(ledgerPath)) {
    throw new CommandError(`--ledger: there is no ledger at ${ledgerPath.path}; nothing was run from it.`);
  }
  const isOnlyLookedAt = use.ledger === 'look' && !hasLedger(ledgerPath);
  const store = isOnlyLookedAt ? { ...createMemoryStore(), close: () => undefined } : openLedgerFile(ledgerPath);
  return {
    store: isSimulated ? withSimulatedFactsApart(store) : store,
    path: ledgerPath.path,
    label: '',
    close: () => {
      store.close();
    },
  };
}

/** Its own clients: whoever asks whether anybody is there must not wait as long as the work itself may. */
async function probe(reach: LiveReach, target: MgnTarget): Promise<void> {
  const services = createLiveServices(reach, { connectionTimeout: 3_000, requestTimeout: 10_000 });
  const { endpoint } = reach;
  const place = { region: target.region ?? reach.region, endpoint, accountID: viewedAccountID(target) };
  try {
    await preflight(services.clientsOf(target).reader, place);
  } finally {
    services.close();
  }
}
