/** `report`: what a run came to, as a file to keep: HTML for people, JSON for programs. Reads the ledger and nothing else. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import { MigrationIDSchema } from '../../functions/domain/migration-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import * as v from 'valibot';
import { audienceOf, type Audience } from '../audience.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import { makeReport, type FullReport } from '../full-report.ts';
import { htmlPaths, writeHtmlReports } from '../html-report.ts';
import type { Io } from '../io.ts';
import { parseKeptReports } from '../kept-report.ts';
import { unknownRun } from '../known-run.ts';
import { makeMigrationReport, type MigrationReport } from '../migration/migration-report.ts';
import { assertWritable, writeWhole } from '../output-file.ts';
import { readJson } from '../read-json.ts';
import { readRunPlace } from '../run-place.ts';
import { parseRunName } from '../run-name.ts';
import { shellWord } from '../shell-word.ts';
import { onStack } from '../stack/on-stack.ts';
import { withHelp, type VerbContext } from '../verb.ts';
import type { OpenWorld, Session, World } from '../world.ts';

/** Flags of `report`. */
export interface ReportFlags {
  readonly from?: string | undefined;
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly ledger?: string | undefined;
  readonly html?: string | undefined;
  readonly output?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Registers `report`. */
export function addReport({ command, io, worlds, end }: VerbContext): void {
  const report = command('report', 'write what a run came to as one HTML file, or as JSON; reads the ledger only')
    .argument('[RUN]', 'name of the run, or of a migration, each of whose waves has a report')
    .option('--html <file>', 'where to (default: RUN.html in the current folder, unless JSON is asked for)')
    .option('--output <file>', 'write the report as JSON')
    .option('--json', 'tell it as JSON')
    .option('--from <file>', 'instead of RUN: a report kept as JSON, or a stack’s evidence; - reads standard input')
    .option('--stack <name>', 'the deployed stack whose ledger it is in')
    .option('--region <region>', 'region of the stack, or that the run was in')
    .option('--endpoint <url>', 'the simulator or other endpoint the run was at')
    .option('--ledger <file>', 'the ledger of this machine (default: in the state folder of the user)')
    .action(async (run: string | undefined, flags: ReportFlags) => {
      end(await reportCommand(run, flags, io, worlds));
    });
  withHelp(report, {
    examples: [
      'report RUN',
      'report RUN --html night.html --output night.json',
      'report RUN --stack MgnCutover --region eu-west-1',
      'report --from night.json --html night.html',
    ],
    exitCodes: {
      0: 'it is written, however the run came out and whether or not it has ended',
      2: 'there is no such run, or it could not be read; nothing was written',
      3: 'a file could not be written',
    },
  });
}

/** What was asked for, as data and as the runs that pages are made of. */
interface Found {
  readonly document: FullReport | MigrationReport;
  readonly reports: readonly FullReport[];
}

/**
 * Writes the report; the exit code says that it is written and nothing of the run.
 *
 * @throws CommandError when there is no such run, it cannot be read, or a file cannot be written.
 */
export async function reportCommand(
  runName: string | undefined,
  flags: ReportFlags,
  io: Io,
  openWorld: OpenWorld,
): Promise<number> {
  const audience = audienceOf(io, flags.json === true);
  if (flags.html !== undefined) await assertWritable('--html', flags.html);
  if (flags.output !== undefined) await assertWritable('--output', flags.output);
  if (flags.from !== undefined) return write(await readKept(runName, flags, flags.from, io), flags, audience);
  if (runName === undefined) throw new CommandError('RUN: say which run, as list names it, or --from FILE.');
  const runID = parseRunName('RUN', runName);
  return write(await readLedger(runID, flags, io, openWorld), flags, audience);
}

async function readKept(runName: string | undefined, flags: ReportFlags, path: string, io: Io): Promise<Found> {
  const { stack, region, endpoint, ledger } = flags;
  if (runName !== undefined || [stack, region, endpoint, ledger].some((flag) => flag !== undefined)) {
    throw new CommandError(
      '--from stands instead of RUN and of --stack, --region, --endpoint and --ledger: leave those out.',
    );
  }
  const reports = parseKeptReports(`--from: ${path}`, await readJson('--from', path, io));
  const [document, ...others] = reports;
  if (document === undefined) throw new TypeError('there is a report, or parsing has thrown');
  if (others.length > 0 && flags.output !== undefined) {
    throw new CommandError('--output: the file has the reports of several waves, as JSON already.');
  }
  return { document, reports };
}

function readLedger(runID: RunID, flags: ReportFlags, io: Io, openWorld: OpenWorld): Promise<Found> {
  const { stack, region, endpoint, ledger } = flags;
  if (stack !== undefined) {
    if (endpoint !== undefined || ledger !== undefined) {
      throw new CommandError('--stack does not go with --endpoint or --ledger: the stack has its own.');
    }
    return onStack({ stack, region }, io, openWorld, (world, session) => readWorld(world, session, runID));
  }
  return readHere(runID, { region, endpoint, ledger }, io, openWorld);
}

/** Nothing but the ledger is reached. Of a run that no command of here worked on it does not say whether it was at AWS. */
async function readHere(
  runID: RunID,
  place: Pick<ReportFlags, 'region' | 'endpoint' | 'ledger'>,
  io: Io,
  openWorld: OpenWorld,
): Promise<Found> {
  const world = await openWorld(place, { ledger: 'watch', runID }, io);
  try {
    const isGiven = place.region !== undefined || place.endpoint !== undefined;
    const isPlaced = isGiven || (await readRunPlace(world.store, runID)) !== undefined;
    const label = isPlaced ? world.label : world.label.replace(/^LIVE /, '');
    return await world.within((session) => readWorld({ ...world, label }, session, runID));
  } finally {
    world.close();
  }
}

async function readWorld(world: World, session: Session, runID: RunID): Promise<Found> {
  const madeAt = session.time.now();
  const report = await makeReport(world, runID, { madeAt });
  if (report !== undefined) return { document: report, reports: [report] };
  const migration = await makeMigrationReport(world, v.parse(MigrationIDSchema, runID), { madeAt });
  if (migration === undefined) throw unknownRun(world, runID, await createLedger(world.store).listRunIDs());
  const reports = migration.waves.flatMap((wave) => wave.report ?? []);
  if (reports.length === 0)
    throw new CommandError(`RUN: no wave of migration ${runID} was started, so there is no report.`);
  return { document: migration, reports };
}

async function write({ document, reports }: Found, flags: ReportFlags, audience: Audience): Promise<number> {
  const { html, output, json } = flags;
  const isHtml = html !== undefined || (output === undefined && json !== true);
  if (isHtml) for (const [, path] of htmlPaths(reports, html)) await assertWritable('--html', path);
  if (output !== undefined) {
    await writeWhole(output, `${JSON.stringify(document, null, 2)}\n`);
    audience.say([`Report as JSON: ${shellWord(output)}`]);
  }
  if (isHtml) audience.say(await writeHtmlReports(reports, html, '--html'));
  audience.event('report', Date.now(), { report: document });
  return exitCodes.done;
}
