/** A fleet that was read, as a scenario that plans and runs like it: the file that `rehearse --save` writes. */
import { InvalidInputError } from '../../functions/domain/errors.ts';
import { expectLaunches } from '../../functions/domain/launch-times.ts';
import { hasEnded, type Job } from '../../functions/domain/job.ts';
import { defaultLaunchSeconds } from '../../functions/domain/expected-times.ts';
import type { SourceServerID } from '../../functions/domain/identifiers.ts';
import type { RunInput } from '../../functions/domain/run-input.ts';
import { percentileOf } from '../../functions/domain/run-timings.ts';
import type { SourceServer } from '../../functions/domain/source-server.ts';
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import { serverCount } from '../live/wave-words.ts';
import type { FleetFacts } from './read-fleet.ts';
import { serverScenario, type ServerInput } from './server-scenario.ts';
import { ec2Scenario } from './target-scenario.ts';

type ApplicationInput = NonNullable<ScenarioInput['applications']>[number];
type WaveInput = NonNullable<ScenarioInput['waves']>[number];
type ForeignAct = NonNullable<ScenarioInput['foreignActivity']>[number];

/** A scenario of a fleet, and what is not quite as it was read. */
export interface CapturedFleet {
  readonly scenario: ScenarioInput;
  /** In words, each once with how many source servers it concerns. */
  readonly notes: readonly string[];
  /** Source servers whose launch time is a neighbour's or a default, as no test launch of theirs tells it. */
  readonly guessedLaunches: number;
}

/** A fleet that was read for one run, and the input that led to it. */
export interface ReadFleet {
  readonly fleet: FleetFacts;
  readonly input: RunInput;
}

/**
 * The fleets of all runs as one scenario: its start is the moment the first was read.
 *
 * @throws InvalidInputError when they are in several accounts or regions.
 */
export function fleetScenario(fleets: readonly ReadFleet[]): CapturedFleet {
  const servers = fleets.flatMap(({ fleet }) => fleet.servers);
  const captured = fleets.flatMap(capturedServers);
  const targets = fleets.flatMap(({ fleet }) => [...fleet.facts.targets.values()]);
  const jobs = new Map(fleets.flatMap(({ fleet }) => fleet.facts.jobs.map((job) => [job.jobID, job] as const)));
  const [region = '', accountID = ''] = placeOfAll(servers);
  const readAt = new Date(fleets[0]?.fleet.readAt ?? 0).toISOString();
  const scenario: ScenarioInput = {
    description: `Read from account ${accountID} in ${region} at ${readAt}: ${serverCount(servers.length)} as they were then. Launches take what the test launches took; how cutovers end is for you to write, or for rehearse to draw.`,
    ...(/^\d{12}$/.test(accountID) && { accountID }),
    ...(region !== '' && { region }),
    startTime: readAt,
    ...placed(fleets, captured),
    ...(targets.length > 0 && { ec2: ec2Scenario(targets, fleets[0]?.fleet.vcpus) }),
    ...othersAtWork([...jobs.values()], servers),
  };
  const notes = counted(captured.flatMap((one) => one.notes));
  return { scenario, notes, guessedLaunches: captured.filter(({ isGuessed }) => isGuessed).length };
}

/** A scenario is one account in one Region, as far as it is captured. */
function placeOfAll(servers: readonly SourceServer[]): string[] {
  const places = new Set(servers.map(({ arn }) => arn.split(':').slice(3, 5).join(' ')));
  if (places.size > 1)
    throw new InvalidInputError(
      `The waves are in ${String(places.size)} accounts or regions (${[...places].join(', ')}); rehearse those of each by themselves.`,
    );
  return [...places][0]?.split(' ') ?? [];
}

interface Captured {
  readonly server: ServerInput;
  readonly notes: readonly string[];
  readonly applicationID: string | undefined;
  readonly isGuessed: boolean;
}

function capturedServers({ fleet, input }: ReadFleet): Captured[] {
  const { servers, facts, readAt, timings } = fleet;
  const expected = expectLaunches(servers, facts.testLaunchSeconds, usualLaunchSeconds(fleet));
  const testOf = new Map(fleet.tests.map((test) => [test.job.jobID, test]));
  const learned = timings.flatMap((run) => run.actionsSeconds?.p50 ?? []);
  const actionsSeconds = percentileOf(learned, 50);
  return servers.map((server) => {
    const { jobID } = server.lastTest;
    const launch = expected.get(server.sourceServerID);
    const made = serverScenario({
      server,
      facts,
      readAt,
      actionsSeconds,
      test: jobID && testOf.get(jobID),
      launchSeconds: launch?.seconds ?? defaultLaunchSeconds,
      lastSeenMaxSeconds: input.options.lastSeenMaxSeconds,
    });
    return { ...made, applicationID: server.applicationID, isGuessed: launch?.basis !== 'test launch' };
  });
}

function usualLaunchSeconds({ timings }: FleetFacts): number {
  const halves = timings.map((run) => run.launchSeconds.p50);
  return percentileOf(halves, 50) ?? defaultLaunchSeconds;
}

/** Applications of a wave that was named are inside it; all others stand by themselves. */
function placed(fleets: readonly ReadFleet[], captured: readonly Captured[]): Partial<ScenarioInput> {
  const names = new Set<string>();
  const waveNames = new Set<string>();
  const known = new Set<string>();
  const waves: WaveInput[] = [];
  const standing: ApplicationInput[] = [];
  for (const { fleet } of fleets) {
    const applications = fleet.applications.filter(({ applicationID }) => !known.has(applicationID));
    const listed = applications.map(({ applicationID, name }): ApplicationInput => ({
      name: uniqueName(name, applicationID, names),
      applicationID,
      servers: captured.filter((one) => one.applicationID === applicationID).map(({ server }) => server),
    }));
    for (const { applicationID } of applications) known.add(applicationID);
    const { wave } = fleet;
    if (wave === undefined) standing.push(...listed);
    else waves.push({ name: uniqueName(wave.name, wave.waveID, waveNames), waveID: wave.waveID, applications: listed });
  }
  const loose = captured.filter(({ applicationID = '' }) => !known.has(applicationID)).map(({ server }) => server);
  return {
    ...(waves.length > 0 && { waves }),
    ...(standing.length > 0 && { applications: standing }),
    ...(loose.length > 0 && { servers: loose }),
  };
}

/** A name as a scenario takes it: on one line, at most 256 characters, and nobody else's. */
function uniqueName(name: string | undefined, id: string, taken: Set<string>): string {
  const plain = (name ?? '')
    .replace(/[\s\0]+/g, ' ')
    .trim()
    .slice(0, 230)
    .trim();
  const free = plain === '' ? id : taken.has(plain) ? `${plain} ${id}` : plain;
  taken.add(free);
  return free;
}

/** How long what others do now is taken to go on, in seconds. */
const othersSeconds = 3_600;
const othersServersMax = 10_000;

/** Jobs that are under way: they hold source servers of the fleet, and quota with the others they have. */
function othersAtWork(jobs: readonly Job[], servers: readonly SourceServer[]): Pick<ScenarioInput, 'foreignActivity'> {
  const own = new Set<SourceServerID>(servers.map(({ sourceServerID }) => sourceServerID));
  const foreignActivity = jobs
    .filter((job) => !hasEnded(job))
    .flatMap((job): ForeignAct[] => {
      const ids = job.participatingServers.map(({ sourceServerID }) => sourceServerID);
      const held = ids.filter((id) => own.has(id));
      const others = Math.min(othersServersMax, ids.length - held.length);
      const during = { fromSeconds: 0, toSeconds: othersSeconds };
      return [
        ...(held.length === 0
          ? []
          : [{ act: 'hold' as const, servers: held, ...during, initiatedBy: initiatorOf(job) }]),
        ...(others === 0 ? [] : [{ act: 'useQuota' as const, servers: others, ...during }]),
      ];
    });
  return foreignActivity.length === 0 ? {} : { foreignActivity };
}

function initiatorOf({ initiatedBy }: Job): 'DIAGNOSTIC' | 'START_TEST' | 'START_CUTOVER' | 'TERMINATE' {
  switch (initiatedBy) {
    case 'START_TEST':
    case 'START_CUTOVER':
    case 'TERMINATE':
      return initiatedBy;
    default:
      return 'DIAGNOSTIC';
  }
}

function counted(notes: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const note of notes) counts.set(note, (counts.get(note) ?? 0) + 1);
  return [...counts].map(([note, count]) => `${serverCount(count)}: ${note}`);
}
