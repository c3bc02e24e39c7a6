/** `list`: the runs there are, the newest first, how each stands and what comes next. Reads only. */
import { audienceOf, type Audience } from '../audience.ts';
import { isRunInProcess } from '../../local/process-guard.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { openKnownLedger } from '../ledger-file.ts';
import { readLedgerRuns, type LedgerRun } from '../ledger-runs.ts';
import { ageWords } from '../live/clock-words.ts';
import { plain } from '../live/fit.ts';
import { symbolOfStanding, type Palette } from '../live/style.ts';
import {
  migrationListLines,
  readMigrationsHere,
  readStackMigrations,
  type ListedMigration,
} from '../migration/list-migrations.ts';
import { listRun, standingOfRun, type ListedRun } from '../run-list.ts';
import { readRunPlace } from '../run-place.ts';
import { shellWord } from '../shell-word.ts';
import { assertRegion, parseEndpoint } from '../reach.ts';
import { onStack } from '../stack/on-stack.ts';
import { readStackRuns } from '../stack/stack-runs.ts';
import { countNumber, withHelp, type VerbContext } from '../verb.ts';
import type { OpenWorld } from '../world.ts';

/** Flags of `list`. */
export interface ListFlags {
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly ledger?: string | undefined;
  /** Goes into the commands that are printed: a ledger does not know behind which endpoint its runs are. */
  readonly endpoint?: string | undefined;
  /** Most runs to list. */
  readonly limit: number;
  readonly json?: boolean | undefined;
}

/** Registers `list`. */
export function addList({ command, io, worlds, end }: VerbContext): void {
  const list = command('list', 'show the runs there are, on a deployed stack or in the ledger of this machine')
    .option('--stack <name>', 'the deployed stack, such as MgnCutover')
    .option('--region <region>', 'region of the stack (default: AWS_REGION, or that of the profile), or of --endpoint')
    .option('--endpoint <url>', 'put this endpoint, such as a simulator, into the commands that are printed')
    .option('--ledger <file>', 'the ledger of this machine (default: in the state folder of the user)')
    .option('--limit <n>', 'so many runs, the newest', countNumber, 20)
    .option('--json', 'tell it as one JSON document')
    .action(async (flags: ListFlags) => {
      end(await listCommand(flags, io, worlds));
    });
  withHelp(list, {
    examples: ['list', 'list --stack MgnCutover --region eu-west-1'],
    exitCodes: { 0: 'they are listed', 2: 'the ledger or the stack could not be read' },
  });
}

/**
 * Lists the runs.
 *
 * @throws CommandError when the ledger or the stack cannot be read.
 */
export async function listCommand(flags: ListFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  const audience = audienceOf(io, flags.json === true);
  const { stack, region, ledger, endpoint, limit } = flags;
  if (endpoint !== undefined) parseEndpoint(endpoint);
  if (stack === undefined) {
    if (region !== undefined && endpoint === undefined)
      throw new CommandError('--region belongs to --stack or --endpoint; the ledger of this machine has no region.');
    if (region !== undefined) assertRegion(region);
    return tell(audience, await readRunsHere(flags, io), Date.now());
  }
  if (ledger !== undefined || endpoint !== undefined) {
    const stray = ledger === undefined ? '--endpoint' : '--ledger';
    throw new CommandError(`--stack does not go with ${stray}: the stack has its own.`);
  }
  return onStack({ stack, region }, io, openWorld, async (world, session) => {
    const now = session.time.now();
    const runs = (await readStackRuns(world, limit)).map((facts) => ({ ...listRun(facts, now), flags: world.flags }));
    const { flags } = world;
    const migrations = (await readStackMigrations(world, limit)).map((migration) => ({ ...migration, flags }));
    return tell(audience, { runs, migrations, where: world.label }, now);
  });
}

interface Listing {
  /** With the flags that lead to each run. */
  readonly runs: readonly (ListedRun & { readonly flags: string })[];
  readonly migrations: readonly (ListedMigration & { readonly flags: string })[];
  readonly where: string;
}

async function readRunsHere({ ledger, limit, ...place }: ListFlags, io: Io): Promise<Listing> {
  const { store, path } = openKnownLedger(ledger, io.env);
  try {
    const now = Date.now();
    const { newest } = await readLedgerRuns(store, limit);
    const placed = await Promise.all(
      newest.map(async (known) => {
        const endpoint = place.endpoint ?? (await readRunPlace(store, known.run.runID))?.endpoint;
        return { ...known, flags: flagsOf(known, { ...place, endpoint, ledger }) };
      }),
    );
    const runs = await Promise.all(
      placed.map(async ({ flags, ...known }) => {
        const name = known.run.runID;
        const isRunning = await isRunInProcess(store, name, now);
        return { ...listRun({ name, ...known, isRunning, isHere: true }, now), flags };
      }),
    );
    const migrations = (await readMigrationsHere(store, limit, now)).map((migration) => {
      const ofIt = placed.find(({ run }) => migration.waves.some(({ runID }) => runID === run.runID));
      return { ...migration, flags: ofIt?.flags ?? flagsOf(undefined, { ...place, ledger }) };
    });
    return { runs, migrations, where: path };
  } finally {
    store.close();
  }
}

/** Where a run of this machine was at work, its source servers' ARNs say. */
function flagsOf(
  run: LedgerRun | undefined,
  { ledger, endpoint, region = run?.servers[0]?.arn.split(':')[3] ?? '' }: Omit<ListFlags, 'limit'>,
): string {
  return [
    endpoint === undefined ? [] : `--endpoint ${shellWord(endpoint)}`,
    region === '' ? [] : `--region ${shellWord(region)}`,
    ledger === undefined ? [] : `--ledger ${shellWord(ledger)}`,
  ]
    .flat()
    .join(' ');
}

function tell(audience: Audience, listing: Listing, now: number): number {
  const { where } = listing;
  const listed = listing.runs.map(withCommands);
  const migrations = listing.migrations.map(withCommands);
  audience.event('runs', now, { where, runs: listed, migrations });
  if (audience.isJson) return exitCodes.done;
  audience.say(migrationListLines(migrations, where, audience.palette));
  audience.say(
    listed.length === 0
      ? [`There is no run in ${where}.`]
      : [
          audience.palette.strong(`Runs in ${where}, the newest first:`),
          ...listed.flatMap((run) => runLines(run, audience.palette, now)),
        ],
  );
  return exitCodes.done;
}

/** What comes next, as whole commands. */
function withCommands<Listed extends { readonly next: readonly string[]; readonly flags: string }>(listed: Listed) {
  const { flags, ...rest } = listed;
  return { ...rest, next: listed.next.map((step) => `mgn-cutover ${step} ${flags}`.trimEnd()) };
}

const statusWords: Readonly<Record<ListedRun['status'], string>> = {
  RUNNING: 'RUNNING',
  ENDED: 'ENDED',
  STOPPED: 'STOPPED',
  ON_ANOTHER_MACHINE: 'ON ANOTHER MACHINE',
  WAITING: 'WAITS FOR A PERSON',
  REFUSED_EARLY: 'REFUSED',
};

function runLines(run: ListedRun, palette: Palette, now: number): string[] {
  const { name, target, startedAt, status, outcome, summary, newestFactAt, next } = run;
  const standing = standingOfRun(run);
  const head = `${symbolOfStanding(standing)} ${name}  ${outcome?.replaceAll('_', ' ') ?? statusWords[status]}`;
  const started = `${startedAt.slice(0, 16).replace('T', ' ')}Z`;
  const about = name.includes(target) ? [] : [plain(target)];
  return [
    palette.of(standing, head),
    `    ${[started, ...about, plain(summary)].join('  ')}`,
    ...(newestFactAt === undefined ? [] : [`    newest fact ${ageWords(now - Date.parse(newestFactAt))} ago`]),
    ...next.map((step) => palette.faint(`    ${step}`)),
  ];
}
