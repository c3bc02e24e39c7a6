/** A plan in words: what is ready, what is blocked and why, what a run would do. */
import type { ServerReport } from '../functions/domain/report.ts';
import { plain } from './live/fit.ts';
import { symbolOf, standingOf, type Palette } from './live/style.ts';
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
  const count = `${String(others.length)} ready, ${String(blocked.length)} blocked`;
  const isLong = isBrief && others.length > readyServersMax;
  return [
    palette.strong(`Plan of ${heading.runName}: ${heading.target}, ${heading.place}`),
    plan.isResumed ? resumedLine : `${String(servers.length)} source servers: ${count}`,
    ...(isLong ? [] : others.flatMap((server) => readyLines(server, plan, palette))),
    ...blocked.flatMap((server) => blockedLines(server, palette)),
    ...closingLines(plan, others.length),
  ];
}

const resumedLine = 'This run has begun already and would go on from where it is:';

function closingLines(plan: Preview, readyCount: number): string[] {
  if (plan.isResumed) return [];
  return plan.decision === 'REFUSE' ? refusedLines(readyCount) : doingLines(plan);
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

function refusedLines(readyCount: number): string[] {
  if (readyCount === 0) return ['A run would be refused: no source server is ready.'];
  return [
    'A run would be refused because of the blocked source servers. Mend what blocks them, take them out of the input, or set options.onBlocked to "skip".',
  ];
}

function doingLines(plan: Preview): string[] {
  const { options } = plan.report.run;
  const { batchIDs } = plan;
  const batchOf = (batchID: string) => plan.report.servers.filter((server) => server.batchID === batchID).length;
  const sizes = batchIDs.map((batchID) => String(batchOf(batchID))).join(' + ');
  const testInstances = plan.report.servers.filter(
    (server) => server.verdict !== 'BLOCKED' && server.instances.test !== undefined,
  ).length;
  const batches =
    batchIDs.length === 1
      ? `1 cutover job of ${sizes} source servers`
      : `${String(batchIDs.length)} cutover jobs one after the other (${sizes} source servers)`;
  const warnings = plan.report.servers.flatMap((server) => server.warnings.map(({ fact }) => fact));
  return [
    `A run would start ${batches}.`,
    ...[...new Set(warnings)].map((fact) => `Note: ${plain(fact)}.`),
    options.terminateTestInstances
      ? `It would terminate ${String(testInstances)} test instance${testInstances === 1 ? '' : 's'} first.`
      : 'It would leave test instances to StartCutover, which deletes them when it starts.',
    options.commit === 'auto'
      ? 'It would FINALIZE every verified source server, which cannot be undone (options.commit is "auto").'
      : 'It would finalize nothing: verified source servers stay revertible (options.commit is "never").',
  ];
}
