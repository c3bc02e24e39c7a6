/** `rehearse`: the night before the night. Reads the wave, plays it on virtual time again and again, changes nothing. */
import { Option } from 'commander';
import type { RunInput } from '../../functions/domain/run-input.ts';
import { audienceOf, type Audience } from '../audience.ts';
import { CommandError } from '../exit-code.ts';
import { writeHtmlReports } from '../html-report.ts';
import { writeLine, type Io } from '../io.ts';
import { serverCount } from '../live/wave-words.ts';
import { assertWritable, writeWhole } from '../output-file.ts';
import { readInput, readJson } from '../read-json.ts';
import { demoFleet } from '../rehearse/demo-fleet.ts';
import { misfortuneLevels, misfortuneOdds, type MisfortuneLevel } from '../rehearse/misfortune.ts';
import { createNightTeller, createReadTeller } from '../rehearse/night-teller.ts';
import { readCallsFor, type ReadCall } from '../rehearse/read-calls.ts';
import { rehearsalDocument } from '../rehearse/rehearsal-document.ts';
import { rehearsalLines } from '../rehearse/rehearsal-text.ts';
import { cleanNightReports, exitCodeOfRehearsal, rehearse, type Rehearsal } from '../rehearse/rehearsal.ts';
import { rehearsedRuns } from '../rehearse/rehearsed-runs.ts';
import { assertSavable, savePathsOf, saveSubject } from '../rehearse/save-rehearsal.ts';
import {
  captureSubject,
  subjectOfCapture,
  type Captured,
  subjectOfScenario,
  type Subject,
} from '../rehearse/subject.ts';
import { shellWord } from '../shell-word.ts';
import { countNumber, inputHelp, nightsNumber, wholeNumber, withHelp, withPlace, type VerbContext } from '../verb.ts';
import { readScenarioFile, type OpenWorld } from '../world.ts';

/** Flags of `rehearse`. */
export interface RehearseFlags {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly ledger?: string | undefined;
  readonly scenario?: string | undefined;
  readonly demoFleet?: number | undefined;
  readonly seeds?: number | undefined;
  readonly seed: number;
  readonly faults: MisfortuneLevel;
  readonly save?: string | undefined;
  readonly anonymise?: boolean | undefined;
  readonly output?: string | undefined;
  readonly report?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Registers `rehearse`. */
export function addRehearse({ command, io, worlds, end }: VerbContext): void {
  const rehearseVerb = command(
    'rehearse',
    'play the night beforehand, many times; reads only, changes nothing',
  ).argument('[INPUT]', inputHelp);
  withPlace(rehearseVerb)
    .option('--scenario <file>', 'rehearse this scenario, saved by rehearse or written by hand')
    .option('--demo-fleet <n>', 'rehearse a made-up fleet of so many source servers; no INPUT, no account', countNumber)
    .option(
      '--seeds <n>',
      'nights with faults, after the clean one (default: 20, fewer for more than 250 servers)',
      nightsNumber,
    )
    .option('--seed <n>', 'seed of the first of them; the same seeds give the same rehearsal', wholeNumber, 1)
    .addOption(
      new Option('--faults <how many>', 'what goes wrong in these nights').choices(misfortuneLevels).default('usual'),
    )
    .option('--save <file>', 'keep the scenario, and its input beside it in FILE.input.json')
    .option('--anonymise', 'replace every ID, account, host name, name and tag value')
    .option('--output <file>', 'write the rehearsal as JSON')
    .option('--report <file>', 'write the report of the clean night as an HTML file')
    .option('--json', 'tell it as one JSON document')
    .action(async (input: string | undefined, flags: RehearseFlags) => {
      end(await rehearseCommand(input, flags, io, worlds));
    });
  rehearseVerb.addHelpText('after', oddsLines().join('\n'));
  withHelp(rehearseVerb, {
    examples: [
      'rehearse --demo-fleet 200',
      'rehearse wave.json --region eu-west-1',
      'rehearse wave.json --region eu-west-1 --seeds 50 --faults bad --save night.json --anonymise',
      'rehearse night.input.json --scenario night.json',
      'rehearse wave.json --endpoint http://127.0.0.1:8080 --region eu-west-1',
    ],
    exitCodes: {
      0: 'a run would start, launch plus rollback fit the window in 9 nights of 10, and nobody was needed',
      1: 'they do not fit in 9 nights of 10, or a source server needed a person',
      2: 'a run would be refused (blocked source servers, window), or the command was',
    },
  });
}

/** The table of odds, as help shows it. */
function oddsLines(): string[] {
  const percent = (chance: number) => `${String(Math.round(chance * 10_000) / 100)} %`;
  const rows = Object.values(misfortuneOdds).map(({ usual, bad, per, what }) => {
    return `  ${percent(usual).padStart(6)} ${percent(bad).padStart(6)}  ${per.padEnd(7)} ${what}`;
  });
  return ['', 'Odds of --faults usual and bad, per what (assumed, nobody publishes them):', ...rows];
}

/** A subject, and how it came to be. */
interface Found {
  readonly subject: Subject;
  readonly place: string;
  readonly reads: readonly ReadCall[];
}

/**
 * Rehearses and answers with the exit code.
 *
 * @throws CommandError, InvalidInputError, InvalidScenarioError and what `openWorld` and the steps throw, when there is
 *   nothing to rehearse; nothing was touched.
 */
export async function rehearseCommand(
  inputPath: string | undefined,
  flags: RehearseFlags,
  io: Io,
  openWorld: OpenWorld,
): Promise<number> {
  assertOneSource(inputPath, flags);
  const audience = audienceOf(io, flags.json === true);
  const save = flags.save === undefined ? undefined : savePathsOf(flags.save);
  if (save !== undefined) await assertSavable(save, [inputPath ?? [], flags.scenario ?? []].flat());
  if (flags.output !== undefined) await assertWritable('--output', flags.output);
  if (flags.report !== undefined) await assertWritable('--report', flags.report);
  const found = await findSubject(inputPath, flags, { io, audience, openWorld });
  if (save !== undefined) {
    await saveSubject(save, found.subject);
    const again = `mgn-cutover rehearse ${shellWord(save.input)} --scenario ${shellWord(save.scenario)}`;
    audience.say([`Saved: ${save.scenario} and ${save.input}. Again with them: ${again}`]);
  }
  const rehearsal = await playAll(found.subject, flags, io);
  return tell(rehearsal, found, flags, audience);
}

function assertOneSource(
  inputPath: string | undefined,
  { demoFleet: demo, scenario, region, endpoint, ledger }: RehearseFlags,
): void {
  const places = [
    scenario === undefined ? [] : '--scenario',
    endpoint === undefined ? [] : '--endpoint',
    region === undefined ? [] : '--region',
    ledger === undefined ? [] : '--ledger',
  ].flat();
  if (demo !== undefined) {
    const strays = [inputPath === undefined ? [] : 'INPUT', ...places].flat();
    if (strays.length > 0)
      throw new CommandError(`--demo-fleet makes its own fleet and input; leave out ${strays.join(', ')}.`);
    return;
  }
  if (inputPath === undefined)
    throw new CommandError('Say what to rehearse: the INPUT of a run, or --demo-fleet 200 for a made-up fleet.');
  if (scenario !== undefined && places.length > 1)
    throw new CommandError(
      `--scenario does not go with ${places.slice(1).join(' or ')}: the scenario is all that is rehearsed.`,
    );
  if (places.length === 0)
    throw new CommandError(
      'Say where: --region REGION for AWS, --endpoint URL for a simulator that runs already, --scenario FILE for a scenario, or --demo-fleet 200 without an INPUT.',
    );
}

interface Surroundings {
  readonly io: Io;
  readonly audience: Audience;
  readonly openWorld: OpenWorld;
}

async function findSubject(
  inputPath: string | undefined,
  flags: RehearseFlags,
  surroundings: Surroundings,
): Promise<Found> {
  const { io } = surroundings;
  const isAnonymised = flags.anonymise === true;
  if (flags.demoFleet !== undefined) {
    const { scenario, input } = demoFleet(flags.demoFleet);
    const subject = await subjectOfScenario({ written: scenario, rawInput: input }, isAnonymised);
    return { subject, place: 'DEMONSTRATION, a made-up fleet', reads: [] };
  }
  const rawInput = await readInput(inputPath ?? '-', io);
  if (flags.scenario === undefined) return readSubject(rawInput, flags, surroundings);
  await readScenarioFile(flags.scenario, io);
  const written = await readJson('--scenario', flags.scenario, io);
  const subject = await subjectOfScenario({ written, rawInput }, isAnonymised);
  return { subject, place: `REHEARSAL of ${flags.scenario}`, reads: [] };
}

/** The calls are told before the first of them is made. */
async function readSubject(
  rawInput: unknown,
  flags: RehearseFlags,
  { io, audience, openWorld }: Surroundings,
): Promise<Found> {
  const inputs = rehearsedRuns(rawInput).runs.map(({ input }) => input);
  const reads = readCallsFor(inputs);
  const isAnonymised = flags.anonymise === true;
  audience.say([
    'Reading the wave; each of these calls only reads, and no other is made:',
    ...reads.map(({ action, why }) => `  ${action}  ${why}`),
  ]);
  const { captured, label } = await readFrom(rawInput, flags, inputs[0], { io, audience, openWorld });
  const servers = serversOf({ runs: captured.real });
  const readAt = new Date(captured.readAt).toISOString();
  audience.say([`Read ${serverCount(servers)} at ${readAt}; nothing was changed.`, '']);
  const place = isAnonymised ? 'a picture under pseudonyms' : `a picture of ${label}`;
  return { subject: await subjectOfCapture(captured, isAnonymised), place: `REHEARSAL of ${place}`, reads };
}

/** All connections are closed again before the first night is played. */
async function readFrom(
  rawInput: unknown,
  { region, endpoint, ledger }: RehearseFlags,
  target: RunInput | undefined,
  { io, openWorld }: Surroundings,
): Promise<{ captured: Captured; label: string }> {
  const world = await openWorld({ region, endpoint, ledger }, { target, ledger: 'look' }, io);
  try {
    const onAnswer = createReadTeller(io.stderr);
    const captured = await world.within((session) => captureSubject(world, session, rawInput, onAnswer));
    return { captured, label: world.label };
  } finally {
    world.close();
  }
}

async function playAll(subject: Subject, flags: RehearseFlags, io: Io): Promise<Rehearsal> {
  const seeds = flags.seeds ?? defaultSeeds(serversOf(subject));
  let isStopped = false;
  const stopListening = io.onInterrupt(() => {
    isStopped = true;
    writeLine(io.stderr, 'Stopping after this night; press Ctrl-C again to quit at once.');
  });
  const onNight = createNightTeller(io.stderr, seeds);
  try {
    return await rehearse(subject, {
      seeds,
      firstSeed: flags.seed,
      faults: flags.faults,
      onNight,
      isStopped: () => isStopped,
    });
  } finally {
    stopListening();
  }
}

function serversOf({ runs }: Pick<Subject, 'runs'>): number {
  return runs.reduce((sum, { plan }) => sum + plan.report.servers.length, 0);
}

/** A night of 200 source servers takes about a second, one of 1,000 about ten. */
function defaultSeeds(servers: number): number {
  return Math.max(5, Math.min(20, Math.floor(5_000 / servers)));
}

async function tell(
  rehearsal: Rehearsal,
  { place, reads }: Found,
  flags: RehearseFlags,
  audience: Audience,
): Promise<number> {
  const { faults, seed: firstSeed } = flags;
  const heading = { place, faults, firstSeed, reads };
  const document = rehearsalDocument(rehearsal, heading);
  if (!audience.isJson) audience.say(rehearsalLines(rehearsal, heading, audience.palette));
  audience.event('rehearsal', rehearsal.subject.atMs, document);
  if (flags.output !== undefined) {
    await writeWhole(flags.output, `${JSON.stringify(document, null, 2)}\n`);
    audience.say([`Written: ${flags.output}`]);
  }
  if (flags.report !== undefined)
    audience.say(await writeHtmlReports(cleanNightReports(rehearsal), flags.report, '--report'));
  return exitCodeOfRehearsal(rehearsal);
}
