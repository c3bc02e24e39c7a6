/**
 * How long the launches of generated fleets take, as a multiple of what no schedule can beat: the slowest source server,
 * or the launch time of all shared out over the 200 that may be under way. Times are those of the launches themselves; a
 * run notices the end of a job up to a minute later. Ends with exit code 1 when a target is missed.
 * Run: `npx node bench/schedule.ts`.
 */
import type { Room, ScheduleOptions } from '../functions/domain/launch-schedule.ts';
import {
  generateFleet,
  launchFleet,
  medianOf,
  ratioToBound,
  type Fleet,
  type FleetServer,
} from '../test/support/launch-fleets.ts';

const seeds = Array.from({ length: 100 }, (_, index) => index + 1);
const wholeRoom: Room = { jobs: 20, servers: 200 };
const alone: ScheduleOptions = { batchServersMax: 200, isShared: false };

interface Figures {
  readonly median: number;
  readonly worst: number;
  readonly naive: number;
  /** Share of the applications that were launched in one job. */
  readonly whole: number;
}

/** One batch after another, as many as a job takes, in the order they come. */
function naiveSeconds(fleet: readonly FleetServer[]): number {
  const batches = Array.from({ length: Math.ceil(fleet.length / 200) }, (_, index) =>
    fleet.slice(index * 200, (index + 1) * 200),
  );
  return batches.reduce((sum, batch) => sum + Math.max(...batch.map(({ actualSeconds }) => actualSeconds)), 0);
}

function wholeShare(fleet: readonly FleetServer[], jobs: readonly { sourceServerIDs: readonly string[] }[]): number {
  const jobOf = new Map(jobs.flatMap(({ sourceServerIDs }, job) => sourceServerIDs.map((id) => [id, job] as const)));
  const applications = new Map<string, Set<number | undefined>>();
  for (const { applicationID = '', sourceServerID } of fleet) {
    applications.set(applicationID, (applications.get(applicationID) ?? new Set()).add(jobOf.get(sourceServerID)));
  }
  return [...applications.values()].filter((its) => its.size === 1).length / applications.size;
}

function measure(fleet: Omit<Fleet, 'seed'>, room: Room = wholeRoom, options: ScheduleOptions = alone): Figures {
  const slots = Math.min(room.servers, room.jobs * options.batchServersMax);
  const nights = seeds.map((seed) => {
    const servers = generateFleet({ ...fleet, seed });
    const { totalSeconds, jobs } = launchFleet(servers, room, options);
    return {
      ratio: ratioToBound(servers, totalSeconds, slots),
      naive: ratioToBound(servers, naiveSeconds(servers), wholeRoom.servers),
      whole: wholeShare(servers, jobs),
    };
  });
  return {
    median: medianOf(nights.map(({ ratio }) => ratio)),
    worst: Math.max(...nights.map(({ ratio }) => ratio)),
    naive: medianOf(nights.map(({ naive }) => naive)),
    whole: medianOf(nights.map(({ whole }) => whole)),
  };
}

/** With test launches the worst fleet has to keep to it; without any history that is luck, and the middle one has to. */
function targetOf({ servers, history, applications }: Omit<Fleet, 'seed'>): readonly ['worst' | 'median', number] | [] {
  if (servers <= 200) return ['worst', 1];
  if (servers < 500) return [];
  if (history === 'test launches') return ['worst', 1.25];
  return applications === 'alike' ? ['median', 1.75] : [];
}

const widths = [8, 14, 8, 7, 14, 7, 10];
const line = (cells: readonly string[]) =>
  process.stdout.write(`| ${cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join(' | ')} |\n`);
const rule = () => line(widths.map((width) => `${'-'.repeat(width - 1)}:`));

for (const applications of ['alike', 'unlike'] as const) {
  process.stdout.write(`\nServers of one application ${applications}\n\n`);
  line(['servers', 'history', 'median', 'worst', 'target', 'naive', 'apps whole']);
  rule();
  for (const servers of [50, 200, 300, 500, 1_000]) {
    for (const history of ['test launches', 'none'] as const) {
      const fleet = { servers, history, applications };
      const figures = measure(fleet);
      const [which, target] = targetOf(fleet);
      const isMissed = which !== undefined && target !== undefined && figures[which] > target + 1e-9;
      if (isMissed) process.exitCode = 1;
      line([
        servers.toLocaleString('en'),
        history,
        figures.median.toFixed(2),
        figures.worst.toFixed(2),
        which === undefined ? '' : `${which} ${isMissed ? '>' : '<='} ${target?.toFixed(2)}`,
        figures.naive.toFixed(2),
        `${(100 * figures.whole).toFixed(0)} %`,
      ]);
    }
  }
}

process.stdout.write('\n500 servers, applications alike, in other rooms (the bound is that of the room)\n\n');
const rooms: readonly (readonly [string, Room, ScheduleOptions])[] = [
  ['others wait', wholeRoom, { ...alone, isShared: true }],
  ['5 jobs, 150', { jobs: 5, servers: 150 }, alone],
  ['15 jobs, 40', { jobs: 15, servers: 40 }, alone],
  ['1 job, 200', { jobs: 1, servers: 200 }, alone],
  ['batches of 50', wholeRoom, { ...alone, batchServersMax: 50 }],
  ['batches of 10', wholeRoom, { ...alone, batchServersMax: 10 }],
  ['batches of 1', wholeRoom, { ...alone, batchServersMax: 1 }],
];
line(['', 'room', 'tests', 'worst', 'no history', 'worst', 'apps whole']);
rule();
for (const [name, room, options] of rooms) {
  const [tests, none] = (['test launches', 'none'] as const).map((history) =>
    measure({ servers: 500, history, applications: 'alike' }, room, options),
  );
  if (tests === undefined || none === undefined) continue;
  const ratios = [tests.median, tests.worst, none.median, none.worst].map((ratio) => ratio.toFixed(2));
  line(['', name, ...ratios, `${(100 * tests.whole).toFixed(0)} %`]);
}
