/** An explanation for a person: what is true in one line, then every fact with its source and age, then the next command. */
import type { ServerReport } from '../../functions/domain/report.ts';
import { ageWords } from '../live/clock-words.ts';
import { clockDuration, clockTime, plain } from '../live/fit.ts';
import { wrapped } from '../live/wrap.ts';
import { symbolOf, standingOf, type Palette, type Standing } from '../live/style.ts';
import { reasonLines } from '../summary.ts';
import { companionLines } from './companion-lines.ts';
import type { AgedEvidence, Explanation, Word } from './explanation.ts';
import type { PresentFact } from './drift.ts';
import type { MgnNow } from './mgn-now.ts';

/** How it is shown. */
export interface ExplainView {
  readonly palette: Palette;
  /** Columns of the terminal; undefined in a pipe, where each fact is one line. */
  readonly columns: number | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The columns of a terminal where a fact and its source do not fit on a line; undefined of any other, and of a pipe. */
function narrowColumns({ columns }: ExplainView): number | undefined {
  return columns !== undefined && columns < 120 ? columns : undefined;
}

/** The explanation as lines. */
export function explainLines(explanation: Explanation, view: ExplainView): string[] {
  const { server, companions } = explanation;
  const { palette } = view;
  return [
    ...headLines(explanation, view),
    ...section(
      palette,
      'Facts behind it, as the run saw them:',
      server.evidence.flatMap((fact) => factLines(fact, view)),
    ),
    ...section(
      palette,
      'Reasons:',
      server.reasons.flatMap((reason) => reasonLines(reason, '-')),
    ),
    ...section(
      palette,
      'Warnings:',
      server.warnings.flatMap((reason) => reasonLines(reason, '-')),
    ),
    ...section(
      palette,
      'In the way of its rollback:',
      server.rollbackProblems.flatMap((reason) => reasonLines(reason, '-')),
    ),
    ...section(
      palette,
      `Its application ${applicationOf(server)}, the other source servers:`,
      companionLines(companions, palette),
    ),
    ...section(palette, 'Post-launch actions:', actionLines(server)),
    ...section(palette, 'Jobs, instances and requests:', traceLines(explanation, view)),
    ...section(palette, 'Timeline:', timelineLines(server, view)),
    ...section(
      palette,
      'Who decided what:',
      explanation.words.map((word) => wordLine(word, view)),
    ),
    ...section(palette, nowTitle(explanation.mgnNow), nowLines(explanation.mgnNow, view)),
    ...section(palette, 'What is safe to do next:', nextLines(explanation)),
  ];
}

function section(palette: Palette, title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', palette.strong(title), ...lines];
}

const truths: Readonly<Record<ServerReport['verdict'], string>> = {
  VERIFIED: 'cut over and checked, not finalized: it can be kept, or brought back',
  FINALIZED: 'finalized, which cannot be undone',
  ROLLED_BACK: 'it is READY_FOR_CUTOVER again, and no instance of this run is left',
  BLOCKED: 'blocked before the start, so it was not cut over',
  NOT_STARTED: 'left out, so it was not cut over',
  NEEDS_A_PERSON: 'a person is needed; what stands in the way is below',
  UNDECIDED: 'undecided',
};

function headLines({ server, run, mgnNow }: Explanation, { palette, now }: ExplainView): string[] {
  const { verdict, phase, phases, timings } = server;
  const name = plain(server.hostname ?? server.sourceServerID);
  const word = verdict === 'UNDECIDED' ? phase : verdict.replaceAll('_', ' ');
  const since = ageWords(now - Date.parse(phases.at(-1)?.at ?? timings.phaseSince));
  const truth = verdict === 'UNDECIDED' ? `in this phase for ${since}, without a verdict yet` : truths[verdict];
  const fresh = run.newestFactAt === undefined ? '' : `; newest fact ${seen(run.newestFactAt, now)}`;
  const ofApplication = server.applicationID === undefined ? '' : `  application ${applicationOf(server)}`;
  return [
    `${palette.of(standingOf(server), palette.strong(`${symbolOf(phase)} ${name}  ${word}`))}: ${truth}`,
    ...(isOtherNow(mgnNow)
      ? [palette.of('person', '  ! that is what the run saw; MGN shows other facts now, see below')]
      : []),
    palette.faint(`  ${server.sourceServerID}${ofApplication}`),
    `  Run ${run.name}: ${statusWords(run)}, begun ${clock(run.startedAt, now)}${fresh}`,
    `  ${plain(run.summary)}`,
  ];
}

function isOtherNow(mgnNow: MgnNow): boolean {
  return mgnNow.isRead && mgnNow.differences > 0;
}

function statusWords({ status, outcome }: Explanation['run']): string {
  if (outcome !== undefined && status === 'ENDED') return `ended ${outcome.replaceAll('_', ' ')}`;
  const words = {
    RUNNING: 'at work',
    ENDED: 'ended',
    STOPPED: 'stopped without an end, nothing works on it',
    ON_ANOTHER_MACHINE: 'held by a command that works on it',
    WAITING: 'waits for a person',
    REFUSED_EARLY: 'refused',
  } as const;
  return words[status];
}

function applicationOf({
  applicationName,
  applicationID,
}: Pick<ServerReport, 'applicationName' | 'applicationID'>): string {
  return plain(applicationName ?? applicationID ?? '');
}

const marks: Readonly<Record<AgedEvidence['holds'], readonly [string, string, Standing]>> = {
  YES: ['✓', 'yes', 'good'],
  NO: ['✗', 'no', 'bad'],
  UNKNOWN: ['?', 'unknown', 'person'],
};

function factLines({ what, finding, holds, source, at }: AgedEvidence, view: ExplainView): string[] {
  const { palette, now } = view;
  const columns = narrowColumns(view);
  const [symbol, word, standing] = marks[holds];
  const head = `  ${palette.of(standing, `${symbol} ${word}`)}${' '.repeat(wordColumns - word.length)}`;
  const text = `${plain(what)}: ${plain(finding)}`;
  const said = `[${source}${at === undefined ? '' : `, seen ${seen(at, now)}`}]`;
  if (columns === undefined) return [`${head}${text}  ${palette.faint(said)}`];
  const indent = ' '.repeat(wordColumns + 4);
  const [first = '', ...rest] = wrapped(text, columns - indent.length);
  return [head + first, ...rest.map((piece) => indent + piece.trim()), indent + palette.faint(said)];
}

/** The longest of the words above, and a gap. */
const wordColumns = 9;

/** On a narrow terminal the source has a line of its own, so that neither is broken. */
function withSource(head: string, source: string, view: ExplainView): string[] {
  const said = view.palette.faint(`[${source}]`);
  return narrowColumns(view) === undefined ? [`${head}  ${said}`] : [head, `    ${said}`];
}

function actionLines({ actions }: Pick<ServerReport, 'actions'>): string[] {
  const known = { SUCCESS: '✓', IN_PROGRESS: '▸' } as const;
  return actions.map(({ actionName, documentName, verdict, executionID, failureReason, mustSucceedForCutover }) => {
    const symbol = verdict === 'SUCCESS' || verdict === 'IN_PROGRESS' ? known[verdict] : '✗';
    const name = plain(actionName ?? documentName ?? 'without a name');
    const must = mustSucceedForCutover ? 'must succeed' : 'need not succeed';
    const execution = executionID === undefined ? 'no execution seen' : `execution ${plain(executionID)}`;
    const why = failureReason === undefined ? '' : `: ${plain(failureReason)}`;
    return `  ${symbol} ${name}  ${verdict.replaceAll('_', ' ')} (${must}), ${execution}${why}`;
  });
}

const callWords = {
  TERMINATE_TEST_INSTANCES: 'TerminateTargetInstances (test)',
  START_CUTOVER: 'StartCutover',
  TERMINATE_CUTOVER_INSTANCES: 'TerminateTargetInstances (rollback)',
} as const;
const answerWords = {
  RECEIVED: '',
  LOST_AND_FOUND: ', its answer was lost and the job found',
  NONE: ', no answer and no job known',
} as const;

function traceLines({ jobStarts, server }: Explanation, { now }: ExplainView): string[] {
  const { instances, requestIDs, jobs } = server;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['test instance', instances.test],
    ['cutover instance', instances.cutover],
    ['terminated instance', instances.terminated],
    [
      'job that terminated it',
      isToldOf(jobStarts, jobs.terminateCutoverInstance) ? undefined : jobs.terminateCutoverInstance,
    ],
    ['request of ChangeServerLifeCycleState', requestIDs.revert],
    ['request of FinalizeCutover', requestIDs.finalize],
  ];
  return [
    ...jobStarts.map(({ kind, jobID, calledAt, requestID, answer }) => {
      const request = requestID === undefined ? '' : `, request ${plain(requestID)}`;
      return `  - ${callWords[kind]}: ${jobID ?? 'no job'}, called ${clock(calledAt, now)}${request}${answerWords[answer]}`;
    }),
    ...pairs.flatMap(([what, id]) => (id === undefined ? [] : [`  - ${what}: ${plain(id)}`])),
  ];
}

function isToldOf(jobStarts: Explanation['jobStarts'], jobID: string | undefined): boolean {
  return jobStarts.some((start) => start.jobID === jobID);
}

function timelineLines({ phases }: Pick<ServerReport, 'phases'>, { now }: ExplainView): string[] {
  return phases.map(({ phase, at }, index) => {
    const next = phases[index + 1];
    const spent =
      next === undefined
        ? `${ageWords(now - Date.parse(at))} ago`
        : clockDuration(Date.parse(next.at) - Date.parse(at));
    return `  ${clock(at, now)}  ${symbolOf(phase)} ${phase}  ${spent}`;
  });
}

function wordLine({ at, what, person, by }: Word, { now }: ExplainView): string {
  const who = person === undefined ? '' : ` by ${plain(person)}`;
  return `  - ${seen(at, now)}: ${what}${who}, execution ${plain(by)}`;
}

function nowTitle(mgnNow: MgnNow): string {
  if (!mgnNow.isRead) return 'MGN now: not read';
  const { differences, region } = mgnNow;
  const told =
    differences === 0 ? 'nothing differs from what the run saw' : `${String(differences)} of its facts differ`;
  return `MGN now, in ${plain(region)}: ${told}`;
}

/** What differs comes first, then the rest by the API that says it. */
function nowLines(mgnNow: MgnNow, view: ExplainView): string[] {
  if (!mgnNow.isRead) return [`  ? ${plain(mgnNow.why)}`];
  const { facts, gaps } = mgnNow;
  const bySource = Map.groupBy(
    facts.filter(({ differs }) => !differs),
    ({ source }) => source,
  );
  return [
    ...facts.filter(({ differs }) => differs).flatMap((fact) => differenceLines(fact, view)),
    ...[...bySource].flatMap(([source, same]) => [
      `  ${view.palette.faint(`[${source}]`)}`,
      ...same.map((fact) => presentLine(fact, view)),
    ]),
    ...gaps.map((gap) => `  ? not read: ${plain(gap)}`),
  ];
}

function differenceLines({ what, now, saw = 'none', source }: PresentFact, view: ExplainView): string[] {
  const words = `${plain(what)} is now ${plain(now)}; the run saw ${plain(saw)}`;
  return withSource(`  ${view.palette.of('person', '! differs:')} ${words}`, source, view);
}

function presentLine({ what, now, saw }: PresentFact, { palette }: ExplainView): string {
  const mark = saw === undefined ? '·' : palette.of('good', '✓ as seen:');
  return `  ${mark} ${plain(what)}: ${plain(now)}`;
}

function nextLines({ next, mgnNow, run }: Explanation): string[] {
  const isAtWork = run.status === 'RUNNING' || run.status === 'ON_ANOTHER_MACHINE';
  const caution = isAtWork
    ? '  ! MGN is ahead of the ledger, as it may be while the run is at work: look again in a minute.'
    : '  ! MGN is not as the run left it (see above): find out who changed that before anything else.';
  return [...(isOtherNow(mgnNow) ? [caution] : []), ...next.map((line) => `  ${plainKeepingIndent(line)}`)];
}

function plainKeepingIndent(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}${plain(line)}`;
}

/** An instant, to the second; with its day where that is not so near that it goes without saying. */
function clock(at: string, now: number): string {
  const epochMs = Date.parse(at);
  const isNear = Math.abs(now - epochMs) < 12 * 3_600_000;
  return isNear ? clockTime(epochMs) : `${at.slice(0, 10)} ${clockTime(epochMs)}`;
}

function seen(at: string, now: number): string {
  return `${clock(at, now)}, ${ageWords(now - Date.parse(at))} ago`;
}
