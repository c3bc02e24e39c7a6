/** The last word to a person: every verdict, every reason with its remedy, and what to do next. */
import type { Reason } from '../functions/domain/reason.ts';
import type { JobStart, ServerReport } from '../functions/domain/report.ts';
import type { FullReport } from './full-report.ts';
import { plain } from './live/fit.ts';
import { symbolOf, standingOf, type Palette } from './live/style.ts';

/** More good servers than this are told in one line: what went well needs no list at night. */
const goodServersMax = 20;
/** More commands than this for good servers are left to the report. */
const goodStepsMax = 3;

/** The summary as lines. */
export function summaryLines(report: FullReport, palette: Palette): string[] {
  return [
    palette.strong(`${titleOf(report)}: ${report.run.summary}`),
    ...paragraph(serverLines(report.servers, palette)),
    ...paragraph([...mishapLines(report), ...costLines(report, palette)]),
    ...paragraph(nextStepLines(report, palette)),
  ];
}

function paragraph(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function mishapLines({ jobStarts, failures }: FullReport): string[] {
  return [
    ...jobStarts
      .filter(({ answer }) => answer === 'LOST_AND_FOUND')
      .map(
        ({ kind, jobID }) =>
          `The answer to ${callWords[kind]} was lost; its job ${jobID ?? ''} was found in MGN’s list and used, so nothing was started twice.`,
      ),
    ...failures.map(
      ({ batchID, error, message }) =>
        `A step failed for good${batchID === undefined ? '' : ` (${batchID})`}: ${error}: ${plain(message)}`,
    ),
  ];
}

const callWords: Readonly<Record<JobStart['kind'], string>> = {
  TERMINATE_TEST_INSTANCES: 'TerminateTargetInstances',
  START_CUTOVER: 'StartCutover',
  TERMINATE_CUTOVER_INSTANCES: 'TerminateTargetInstances',
};

const outcomeWords: Readonly<Record<FullReport['run']['outcome'], string>> = {
  VERIFIED: 'Verified',
  FINALIZED: 'Finalized',
  PARTIAL: 'Partly cut over',
  REFUSED: 'Refused, nothing was touched',
  NEEDS_A_PERSON: 'A person is needed',
  UNFINISHED: 'Unfinished',
};

function titleOf({ run, servers }: FullReport): string {
  if (run.outcome !== 'PARTIAL') return outcomeWords[run.outcome];
  if (servers.every(isGood)) return 'Cut over, but not all of it finalized as asked';
  return servers.some(isGood) ? outcomeWords.PARTIAL : 'Not cut over';
}

function isGood({ verdict }: ServerReport): boolean {
  return verdict === 'VERIFIED' || verdict === 'FINALIZED';
}

function serverLines(servers: readonly ServerReport[], palette: Palette): string[] {
  const good = servers.filter((server) => isGood(server) && server.warnings.length === 0);
  const rest = servers.filter((server) => !good.includes(server));
  const first = good[0];
  const goodLines =
    good.length > goodServersMax && first !== undefined
      ? [palette.of('good', `${symbolOf(first.phase)} ${String(good.length)} source servers without a remark`)]
      : good.flatMap((server) => oneServer(server, palette));
  const restLines = alike(rest).flatMap((group) =>
    group.length > alikeMax ? manyServers(group, palette) : group.flatMap((server) => oneServer(server, palette)),
  );
  return [...goodLines, ...restLines];
}

/** More source servers than this that ended alike are told together. */
const alikeMax = 3;
/** How many of them are named. */
const namesMax = 20;

/** The servers by what became of them and why, such as a whole wave that was refused for one reason. */
function alike(servers: readonly ServerReport[]): ServerReport[][] {
  const groups = new Map<string, ServerReport[]>();
  for (const server of servers) {
    const { verdict, phase, reasons, warnings, nextSteps } = server;
    const isOneOf = warnings.length === 0 && nextSteps.length === 0;
    const key = isOneOf ? JSON.stringify([verdict, phase, reasons]) : server.sourceServerID;
    groups.set(key, [...(groups.get(key) ?? []), server]);
  }
  return [...groups.values()];
}

function manyServers(servers: readonly ServerReport[], palette: Palette): string[] {
  const [first] = servers;
  if (first === undefined) return [];
  const names = servers.slice(0, namesMax).map(nameOf).join(', ');
  const hidden = servers.length - namesMax;
  const head = `${symbolOf(first.phase)} ${String(servers.length)} source servers  ${verdictOf(first)}`;
  return [
    palette.of(standingOf(first), head),
    `    ${palette.faint(hidden > 0 ? `${names} and ${String(hidden)} more` : names)}`,
    ...first.reasons.flatMap((reason) => reasonLines(reason, '-')),
  ];
}

function nameOf({ hostname, sourceServerID }: ServerReport): string {
  return plain(hostname ?? sourceServerID);
}

function verdictOf({ verdict, phase }: ServerReport): string {
  return verdict === 'UNDECIDED' ? `${phase} (undecided)` : verdict.replaceAll('_', ' ');
}

function oneServer(server: ServerReport, palette: Palette): string[] {
  const standing = standingOf(server);
  const facts = [server.sourceServerID, isGood(server) ? server.instances.cutover : undefined, server.lifeCycleState];
  const head = `${symbolOf(server.phase)} ${nameOf(server)}`;
  return [
    `${palette.of(standing, `${head}  ${verdictOf(server)}`)}  ${palette.faint(facts.filter((fact) => fact !== undefined).join('  '))}`,
    ...server.reasons.flatMap((reason) => reasonLines(reason, '-')),
    ...server.warnings.flatMap((reason) => reasonLines(reason, '- warning:')),
  ];
}

/** A reason as lines: the fact and where it was read, then the remedy. */
export function reasonLines({ fact, source, remedy }: Reason, mark: string): string[] {
  return [`    ${mark} ${plain(fact)} [${source}]`, ...(remedy === undefined ? [] : [`      ${plain(remedy)}`])];
}

/** What the work cost, in a line; none where another process did it. */
export function costLines(
  { apiCalls, stateMachine }: Pick<FullReport, 'apiCalls' | 'stateMachine'>,
  palette: Palette,
): string[] {
  if (apiCalls === undefined || stateMachine === undefined) return [];
  const calls = Object.values(apiCalls).reduce((sum, count) => sum + count, 0);
  const { transitions, largestPayloadBytes } = stateMachine;
  const figures = `${String(calls)} ${calls === 1 ? 'call' : 'calls'} to MGN, ${String(transitions)} state transitions, largest payload ${String(largestPayloadBytes)} bytes`;
  return [palette.faint(figures)];
}

/** Steps that several servers share are told once. */
function nextStepLines({ servers, world }: FullReport, palette: Palette): string[] {
  const urgent = servers.filter((server) => !isGood(server) && server.nextSteps.length > 0);
  const good = unique(servers.filter(isGood).flatMap((server) => server.nextSteps));
  const lines = [
    ...urgent.flatMap((server) => [`  ${nameOf(server)}:`, ...server.nextSteps.map((step) => `    ${plain(step)}`)]),
    ...goodStepLines(good),
  ];
  if (lines.length === 0) return [];
  const title = world.isRehearsal ? 'Next steps, if this were no rehearsal:' : 'Next steps:';
  return [palette.strong(title), ...lines];
}

/** The commands that only differ by the server are cut short; those for the whole run always show. */
function goodStepLines(steps: readonly string[]): string[] {
  const perServer = steps.filter((step) => step.includes('--source-server-id'));
  const shared = steps.filter((step) => !perServer.includes(step));
  const hidden = perServer.length - goodStepsMax;
  return [
    ...shared.map((step) => `  ${plain(step)}`),
    ...perServer.slice(0, goodStepsMax).map((step) => `  ${plain(step)}`),
    ...(hidden > 0 ? [`  … and ${String(hidden)} more such commands, in the report (--output)`] : []),
  ];
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
