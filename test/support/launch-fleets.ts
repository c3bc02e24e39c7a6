/**
 * Generated fleets to schedule, and what a schedule of them comes to. Launch times are log-normal around 17 minutes and
 * lie between 8 and 40 (observed are 10 to 20 minutes for small source servers, `mgn.md` D.3), in applications of 1 to 12
 * source servers that have part of their launch time in common.
 */
import type { SourceServerID } from '../../functions/domain/identifiers.ts';
import {
  forecastLaunches,
  type LaunchForecast,
  type QueuedServer,
  type Room,
  type ScheduleOptions,
} from '../../functions/domain/launch-schedule.ts';
import { seededRandom } from '../../simulator/seeded-random.ts';
import { applicationID, sourceServerID } from './domain-builders.ts';

/** A source server of a fleet, with what is expected of it and what comes true. */
export interface FleetServer extends QueuedServer {
  readonly actualSeconds: number;
}

/** A fleet; the same seed gives the same one. */
export interface Fleet {
  readonly seed: number;
  readonly servers: number;
  /** `alike`: most of what differs is from application to application; `unlike`: as much is within each. */
  readonly applications: 'alike' | 'unlike';
  /** `test launches`: each predicts its launch within 10 %; `none`: the same is expected of all. */
  readonly history: 'test launches' | 'none';
}

const medianMinutes = 17;
const [minutesMin, minutesMax] = [8, 40];
const applicationServersMax = 12;
/** Standard deviations of the logarithm, between applications and within one; together always the same spread. */
const spreads = { alike: { between: 0.36, within: 0.13 }, unlike: { between: 0.27, within: 0.27 } };
const predictionError = 0.1;
const defaultSeconds = 1_800;

/** The source servers of a fleet. */
export function generateFleet({ seed, servers, applications, history }: Fleet): FleetServer[] {
  const random = seededRandom(seed, `fleet of ${servers}`);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const { between, within } = spreads[applications];
  const fleet: FleetServer[] = [];
  for (let application = 1; fleet.length < servers; application += 1) {
    const size = Math.min(1 + Math.floor(random() * applicationServersMax), servers - fleet.length);
    const shift = between * gauss();
    for (let member = 0; member < size; member += 1) {
      const minutes = medianMinutes * Math.exp(shift + within * gauss());
      const actualSeconds = 60 * Math.min(minutesMax, Math.max(minutesMin, minutes));
      const predicted = actualSeconds / (1 + predictionError * (2 * random() - 1));
      fleet.push({
        sourceServerID: sourceServerID(fleet.length + 1),
        applicationID: applicationID(application),
        expectedLaunchSeconds: history === 'none' ? defaultSeconds : predicted,
        actualSeconds,
      });
    }
  }
  return fleet;
}

/** The schedule of a fleet as it comes true. */
export function launchFleet(fleet: readonly FleetServer[], room: Room, options: ScheduleOptions): LaunchForecast {
  const actual = new Map<SourceServerID, number>(fleet.map((each) => [each.sourceServerID, each.actualSeconds]));
  return forecastLaunches(fleet, room, options, (id) => actual.get(id) ?? 0);
}

/** How often the time the launches take is that of the best that any schedule could do in the room. */
export function ratioToBound(fleet: readonly FleetServer[], seconds: number, slots: number): number {
  const longest = Math.max(...fleet.map(({ actualSeconds }) => actualSeconds));
  const sum = fleet.reduce((total, { actualSeconds }) => total + actualSeconds, 0);
  return seconds / Math.max(longest, sum / slots);
}

/** The middle one of the numbers. */
export function medianOf(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;
}
