/** A plan in words: what is ready, what is blocked and why, what a run would do. */
import type { ServerReport } from '../functions/domain/report.ts';
import { readWindow, showTime } from '../functions/domain/window.ts';
import { plain } from './live/fit.ts';
import { symbolOf, standingOf, type Palette } from './live/style.ts';
import { serverCount } from './live/wave-words.ts';
import type { Preview } from './planning.ts';
import { reasonLines } from './summary.ts';

const readyServersMax = 20;

/** What the plan is about. */
export interface PlanHeading {
  readonly runName: string;
  readonly target: string;
  readonly place: string;
}

/** The plan as lines; with `isBrief`, ready servers are only counted where there are many. */
export function planLines(plan: Preview, heading: PlanHeading, palette: Palette, isBrief: boolean): string[] {
  const { servers } = plan.report;
  const blocked = servers.filter(({ verdict }) => verdict === 'BLOCKED');
  const others = servers.filter((server) => !blocked.includes(server));
  const isLong = isBrief && others.length > readyServersMax;
  return [
    palette.strong(`Plan of ${heading.runName}: ${heading.target}, ${heading.place}`),
    countLine(plan, others.length, blocked.length),
    ...(isLong ? [] : others.flatMap((server) => readyLines(server, plan, palette))),
    ...blocked.flatMap((server) => blockedLines(server, palette)),
    ...closingLines(plan, others.length),
  ];
}

function countLine({ isResumed, decision, report }: Preview, ready: number, blocked: number): string {
  if (isResumed) return 'This run has begun already and would go on from where it is:';
  const count = serverCount(report.servers.length);
  return decision === 'WAIT'
    ? `${count}, to be checked once no other run holds them`
    : `${count}: ${String(ready)} ready, ${String(blocked)} blocked`;
}

function closingLines(plan: Preview, readyCount: number): string[] {
  if (plan.isResumed) return [];
  const told = plan.decision === 'REFUSE' ? refusedLines(plan, readyCount) : doingLines(plan);
  return [...told, ...timeLines(plan)];
}

function readyLines(server: ServerReport, plan: Preview, palette: Palette): string[] {
  const mustSucceed = plan.mustSucceed.get(server.sourceServerID) ?? [];
  const endsTest = plan.report.run.options.terminateTestInstances && server.instances.test !== undefined;
  const notes = [
    ...(plan.isResumed ? [server.phase] : []),
    ...(endsTest && !plan.isResumed ? [`terminates test instance ${server.instances.test ?? ''}`] : []),
    ...(mustSucceed.length === 0 ? [] : [`must succeed: ${mustSucceed.map(plain).join(', ')}`]),
  ];
  const head = palette.of(standingOf(server), `${symbolOf(server.phase)} ${nameOf(server)}`);
  return [`  ${head}  ${palette.faint(server.sourceServerID)}${notes.length === 0 ? '' : `  ${notes.join('; ')}`}`];
}

function blockedLines(server: ServerReport, palette: Palette): string[] {
  return [
    `  ${palette.of('bad', `${symbolOf(server.phase)} ${nameOf(server)}  BLOCKED`)}  ${palette.faint(server.sourceServerID)}`,
    ...server.reasons.flatMap((reason) => reasonLines(reason, '-')),
  ];
}

function nameOf({ hostname, sourceServerID, applicationName }: ServerReport): string {
  const name = plain(hostname ?? sourceServerID);
  return applicationName === undefined ? name : `${name} (${plain(applicationName)})`;
}

/** What is against the wave as a whole, and what is against it because of some of its source servers. */
function refusedLines({ reasons, report }: Preview, readyCount: number): string[] {
  const isHeldUp = report.run.options.onBlocked === 'refuse' && readyCount < report.servers.length;
  const ofServers = readyCount === 0 ? noneReady : isHeldUp ? someBlocked : undefined;
  if (reasons.length === 0) return [`A run would be refused${ofServers === undefined ? '.' : `: ${ofServers}`}`];
  const ofWave = reasons.flatMap((reason) => reasonLines(reason, '-'));
  return ['A run would be refused:', ...ofWave, ...(ofServers === undefined ? [] : [`    - ${ofServers}`])];
}

const noneReady = 'no source server is ready.';
const someBlocked =
  'some source servers are blocked. Mend what blocks them, take them out of the input, or set options.onBlocked to "skip".';

function doingLines(plan: Preview): string[] {
  const { options } = plan.report.run;
  const warnings = plan.report.servers.flatMap((server) => server.warnings.map(({ fact }) => fact));
  const notes = plan.notes.flatMap(({ fact, remedy }) => [
    `Note: ${plain(fact)}.`,
    ...(remedy === undefined ? [] : [remedy]),
  ]);
  return [
    ...waitingLines(plan),
    ...jobLines(plan),
    ...notes,
    ...[...new Set(warnings)].map((fact) => `Note: ${plain(fact)}.`),
    ...(plan.decision === 'WAIT' ? [] : testInstanceLines(plan)),
    commitWords[options.commit],
  ];
}

function testInstanceLines({ report: { run, servers } }: Preview): string[] {
  if (!run.options.terminateTestInstances)
    return ['It would leave test instances to StartCutover, which deletes them when it starts.'];
  const count = servers.filter(
    ({ verdict, instances }) => verdict !== 'BLOCKED' && instances.test !== undefined,
  ).length;
  return count === 0 ? [] : [`It would terminate ${String(count)} test instance${count === 1 ? '' : 's'} first.`];
}

const commitWords = {
  auto: 'It would FINALIZE every verified source server, which cannot be undone (options.commit is "auto").',
  approve:
    'Once verified it would wait for a person to commit or roll back (options.commit is "approve"); nothing is finalized before.',
  never: 'It would finalize nothing: verified source servers stay revertible (options.commit is "never").',
} as const;

function waitingLines({ decision, reasons, report }: Preview): string[] {
  switch (decision) {
    case 'WAIT':
      return ['It would wait first:', ...reasons.flatMap((reason) => reasonLines(reason, '-'))];
    case 'AWAIT_APPROVAL':
      return ['It would wait for a person’s approval before it starts (options.start is "approve").'];
    case 'NOT_YET': {
      const window = report.run.window && readWindow(report.run.window);
      const opens = window === undefined ? 'later' : `at ${showTime(window.opensAt, window.zone)}`;
      return [`Not yet: the window opens ${opens}. Until then a run is refused.`];
    }
    default:
      return [];
  }
}

/** More jobs than this are told in one line. */
const jobsShownMax = 6;

function jobLines({ forecast: { jobs } }: Preview): string[] {
  const sizes = jobs.map(({ sourceServerIDs }) => sourceServerIDs.length);
  const [size] = sizes;
  if (size === undefined) return [];
  if (jobs.length === 1) return [`A run would start 1 cutover job of ${serverCount(size)}.`];
  const groups = [...new Set(jobs.map(({ priorityGroup }) => priorityGroup))];
  const inGroups = groups.length === 1 ? '' : ` in priority groups ${groups.join(', ')}, one after the other`;
  const listed =
    jobs.length <= jobsShownMax ? sizes.join(' + ') : `${String(Math.min(...sizes))} to ${String(Math.max(...sizes))}`;
  return [
    `A run would start ${String(jobs.length)} cutover jobs (${listed} source servers), each as soon as MGN’s quotas have room${inGroups}.`,
  ];
}

function timeLines({ expected, lastSafeStartAt, report }: Preview): string[] {
  if (expected === undefined) return [];
  const minutes = (seconds: number) => `${String(Math.ceil(seconds / 60))} min`;
  const { launchSeconds, actionsSeconds, rollbackSeconds } = expected;
  const expectation = `Expected: ${minutes(launchSeconds)} until the last launch, ${minutes(actionsSeconds)} for first boot and actions, ${minutes(rollbackSeconds)} to bring all of it back.`;
  if (report.run.window === undefined) return [expectation];
  const { opensAt, closesAt, rollbackBy, zone } = readWindow(report.run.window);
  const show = (atMs: number) => showTime(atMs, zone);
  return [
    expectation,
    `Window: ${show(opensAt)} to ${show(closesAt)}.`,
    ...(lastSafeStartAt === undefined ? [] : [`Last safe start: ${show(lastSafeStartAt)}.`]),
    ...(rollbackBy === undefined ? [] : [`What is not verified by ${show(rollbackBy)} is rolled back (rollbackBy).`]),
  ];
}
