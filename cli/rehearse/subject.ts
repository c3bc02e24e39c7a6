/** What is rehearsed, wherever it comes from: a scenario, the input of runs in it, and how the plans of these look. */
import * as v from 'valibot';
import { RunIDSchema, type RunID } from '../../functions/domain/identifiers.ts';
import type { RunTimings } from '../../functions/domain/run-timings.ts';
import type { Tag } from '../../functions/domain/source-server.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import type { Scenario } from '../../simulator/scenario/scenario-schema.ts';
import { preview, type Preview } from '../planning.ts';
import { rehearsalStart, type Session, type World } from '../world.ts';
import { anonymise, type NamedPair } from './anonymise.ts';
import { deviationsOf } from './deviations.ts';
import { fleetScenario } from './fleet-scenario.ts';
import { inputOfScenario } from './night-input.ts';
import { readFleet } from './read-fleet.ts';
import { readOnce } from './read-once.ts';
import { rehearsedRuns, type RehearsedRun, type RehearsedRuns } from './rehearsed-runs.ts';
import { scenarioWorld } from './scenario-world.ts';

/** A run with what `plan` says of it. */
export interface PlannedRun extends RehearsedRun {
  readonly plan: Preview;
}

/** What is rehearsed. */
export interface Subject extends RehearsedRuns {
  /** The scenario as a file has it, and parsed. */
  readonly written: unknown;
  readonly scenario: Scenario;
  /** The input that goes with the scenario, as a file has it. */
  readonly rawInput: unknown;
  /** With what `plan` says at that moment: of MGN itself where it was read there, unless under pseudonyms. */
  readonly runs: readonly PlannedRun[];
  /** The moment that the scenario describes, epoch milliseconds. */
  readonly atMs: number;
  /** Whether it was read from MGN just now. */
  readonly isCaptured: boolean;
  readonly timings: readonly RunTimings[];
  readonly sourceServerTag?: Tag | undefined;
  /** What is not quite as it is in MGN, in words. */
  readonly notes: readonly string[];
}

/**
 * The subject of a scenario that somebody wrote, saved or had generated.
 *
 * @throws InvalidInputError when the input is wrong or leads to nothing in the scenario; InvalidScenarioError.
 */
export async function subjectOfScenario(pair: NamedPair, isAnonymised: boolean): Promise<Subject> {
  const { written, rawInput } = isAnonymised ? anonymise(pair) : pair;
  const scenario = parseScenario(written);
  const atMs = Date.parse(scenario.startTime ?? rehearsalStart);
  const base = { ...rehearsedRuns(rawInput), written, scenario, rawInput, atMs, timings: [], notes: [] };
  return { ...base, isCaptured: false, runs: await plansAt(base, base.runs, atMs) };
}

/** A picture of the waves, and the plans that were made of the same answers. */
export interface Captured extends NamedPair {
  readonly real: readonly PlannedRun[];
  readonly readAt: number;
  readonly timings: readonly RunTimings[];
  readonly notes: readonly string[];
  readonly guessedLaunches: number;
}

/**
 * Reads the waves that the input names, with calls that change nothing, and takes a picture of them.
 *
 * @param onAnswer - hears of each answer that was read
 * @throws InvalidInputError when the input leads to nothing, or to several accounts or regions; TransientServiceError or
 *   AccessDeniedError when MGN or EC2 cannot be read.
 */
export async function captureSubject(
  world: World,
  session: Session,
  rawInput: unknown,
  onAnswer?: () => void,
): Promise<Captured> {
  const reading = { ...session, services: readOnce(session.services, onAnswer) };
  const real: PlannedRun[] = [];
  const fleets = [];
  let isNameTaken = false;
  for (const run of rehearsedRuns(rawInput).runs) {
    const runID = await freeName(world, run.runID);
    isNameTaken ||= runID !== run.runID;
    real.push({ ...run, plan: await preview(world, reading, runID, run.input) });
    fleets.push({ fleet: await readFleet(world, reading, run), input: run.input });
  }
  const { scenario, notes, ...picture } = fleetScenario(fleets);
  const [first] = fleets;
  return {
    ...picture,
    notes: [...notes, ...(isNameTaken ? [nameTakenNote] : [])],
    written: scenario,
    rawInput: inputOfScenario(rawInput),
    real,
    readAt: first?.fleet.readAt ?? session.time.now(),
    timings: first?.fleet.timings ?? [],
    sourceServerTag: world.sourceServerTag,
  };
}

const nameTakenNote =
  'A run of this input has ended already, in the ledger: the next night needs a name of its own (run --name NAME).';

/** A run that has ended is not begun again under its name; what is rehearsed is the next one. */
async function freeName({ store }: Pick<World, 'store'>, runID: RunID, nights = 1): Promise<RunID> {
  const name = nights === 1 ? runID : v.parse(RunIDSchema, `${runID.slice(0, 76)}-${String(nights)}`);
  const known = await createLedger(store).readRun(name);
  return known?.value.end === undefined ? name : freeName({ store }, runID, nights + 1);
}

/** The subject of a picture; it is planned once more, to see that the picture plans like the waves themselves. */
export async function subjectOfCapture(captured: Captured, isAnonymised: boolean): Promise<Subject> {
  const { real, readAt, timings, guessedLaunches } = captured;
  const { written, rawInput, sourceServerTag } = isAnonymised ? anonymise(captured) : captured;
  const base = { ...rehearsedRuns(rawInput), written, scenario: parseScenario(written), rawInput, atMs: readAt };
  const subject = { ...base, timings, sourceServerTag };
  const ofPicture = await plansAt(subject, base.runs, readAt);
  const servers = real.reduce((sum, { plan }) => sum + plan.report.servers.length, 0);
  const guessed = guessedLaunches === 0 ? [] : [guessNote(guessedLaunches, servers)];
  const deviations = deviationsOf(
    real.map(({ plan }) => plan),
    ofPicture.map(({ plan }) => plan),
  );
  const notes = [...guessed, ...captured.notes, ...deviations];
  return { ...subject, isCaptured: true, runs: isAnonymised ? ofPicture : withPlansOf(real, base.runs), notes };
}

/** The runs of the picture, whose input is without account and role, with what was planned of MGN itself. */
function withPlansOf(real: readonly PlannedRun[], runs: readonly RehearsedRun[]): PlannedRun[] {
  return runs.flatMap((run, at) => {
    const plan = real[at]?.plan;
    return plan === undefined ? [] : [{ ...run, plan }];
  });
}

function guessNote(guessed: number, servers: number): string {
  return `No test launch on record for ${String(guessed)} of ${String(servers)} source servers: each is expected to launch as its neighbours do, or in 30 minutes where nobody knows.`;
}

/**
 * What `plan` says of the runs in the scenario at a moment.
 *
 * @throws InvalidInputError when an input leads to nothing in the scenario.
 */
export async function plansAt(
  { scenario, timings, sourceServerTag }: Pick<Subject, 'scenario' | 'timings' | 'sourceServerTag'>,
  runs: readonly RehearsedRun[],
  atMs: number,
): Promise<PlannedRun[]> {
  const world = await scenarioWorld({ scenario, seed: 1, startMs: atMs, timings, sourceServerTag });
  return world.within(async (session) => {
    const planned: PlannedRun[] = [];
    for (const run of runs) planned.push({ ...run, plan: await preview(world, session, run.runID, run.input) });
    return planned;
  });
}
