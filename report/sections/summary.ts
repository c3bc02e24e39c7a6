/** What a manager reads: how it came out, when, whether the window was kept, and who has to do something now. */
import type { GateReport, ServerReport } from '../../functions/domain/report.ts';
import { durationWords, type Clock } from '../clock.ts';
import type { ReportContext } from '../context.ts';
import { html, joined, type Html, type Insert } from '../html.ts';
import { nameOf, outcomeWords, verdictsInOrder, verdictWords } from '../verdict-words.ts';
import { counted, section, step } from './section.ts';

/** Source servers that need somebody are named up to this many; the table has them all. */
const namedMax = 25;

/** The section. */
export function summarySection(context: ReportContext): Html {
  const { report } = context;
  const { words, tone } = outcomeWords(report.run, report.servers);
  return section('summary', 'Summary', [
    html`<p class="outcome ${tone}"><strong>${words}</strong> ${report.run.summary}.</p>`,
    unfinishedNote(context),
    verdictCounts(report.servers),
    html`<dl class="facts">
      ${facts(context).map(
        ([what, fact]) =>
          html`<div>
            <dt>${what}</dt>
            <dd>${fact}</dd>
          </div>`,
      )}
    </dl>`,
    peopleNeeded(context),
  ]);
}

function unfinishedNote({ report, clock }: ReportContext): Html | undefined {
  if (report.run.endedAt !== undefined) return undefined;
  const asOf = clock.long(new Date(clock.endMs).toISOString());
  return html`<p class="note">
    The run has not ended. This is how it stood as of ${asOf}; make the report again when it has.
  </p>`;
}

function verdictCounts(servers: readonly ServerReport[]): Html {
  const counts = verdictsInOrder.flatMap((verdict) => {
    const count = servers.filter((server) => server.verdict === verdict).length;
    const { symbol, words, tone, meaning } = verdictWords(verdict);
    return count === 0
      ? []
      : html`<li class="${tone}">
          <span class="count">${count.toLocaleString('en')}</span>
          <span class="verdict"><span aria-hidden="true">${symbol}</span> ${words}</span>
          <span class="meaning">${meaning}</span>
        </li>`;
  });
  return html`<ul class="counts" aria-label="Source servers by verdict">
    ${counts}
  </ul>`;
}

function facts(context: ReportContext): (readonly [string, Insert])[] {
  const { report, clock } = context;
  const { run, world, servers } = report;
  const { startedAt, endedAt, target } = run;
  const took = durationWords(clock.endMs - clock.startMs);
  const place = [target.accountID === undefined ? [] : `account ${target.accountID}`, target.region ?? []].flat();
  return [
    ['Run', html`<code>${run.name}</code>`],
    ['What', targetWords(target)],
    [
      'Source servers',
      `${counted(servers.length, 'source server')}, ${counted(new Set(servers.map(({ applicationID }) => applicationID)).size, 'application')}`,
    ],
    ['Where', [world.place, ...place].join(', ')],
    ['Started', clock.long(startedAt)],
    ['Ended', endedAt === undefined ? 'not yet' : clock.long(endedAt)],
    [endedAt === undefined ? 'Under way for' : 'Took', took],
    ...(run.window === undefined ? [] : windowFacts(context)),
  ];
}

function targetWords({ waveID, applicationIDs, sourceServerIDs }: ReportContext['report']['run']['target']): Insert {
  const listed = (ids: readonly string[]) =>
    joined(
      ids.map((id) => html`<code>${id}</code>`),
      ', ',
    );
  if (waveID !== undefined) return html`wave <code>${waveID}</code>`;
  if (applicationIDs !== undefined)
    return applicationIDs.length > 8 ? counted(applicationIDs.length, 'application') : listed(applicationIDs);
  const ids = sourceServerIDs ?? [];
  return ids.length > 8 ? counted(ids.length, 'source server') : listed(ids);
}

function windowFacts(context: ReportContext): (readonly [string, Insert])[] {
  const { report, clock, window } = context;
  const { run } = report;
  if (window === undefined)
    return [['Window', `${run.window?.opensAt ?? ''} to ${run.window?.closesAt ?? ''} (as written)`]];
  const iso = (atMs: number) => clock.long(new Date(atMs).toISOString());
  const safe = run.plan?.lastSafeStartAt;
  return [
    ['Window opens', iso(window.opensAt)],
    ['Window closes', iso(window.closesAt)],
    ['Window kept', windowKept(context)],
    ...(safe === undefined ? [] : [['Last safe start', safeStart(report.servers, safe, clock)] as const]),
  ];
}

/** Kept is a window in which everything was over; a start of nothing keeps any. */
function windowKept({ report, clock, window }: ReportContext): string {
  const firstStart = firstStartOf(report.servers);
  if (window === undefined || firstStart === undefined) return 'yes: nothing was started';
  if (firstStart < window.opensAt)
    return `NO: the first cutover was started ${durationWords(window.opensAt - firstStart)} before it opened`;
  const leftMs = window.closesAt - clock.endMs;
  const isOver = report.run.endedAt !== undefined;
  if (leftMs < 0)
    return `NO: ${isOver ? 'the run ended' : 'the run is under way'} ${durationWords(-leftMs)} after it closed`;
  return isOver
    ? `yes: the run ended ${durationWords(leftMs)} before it closed`
    : `so far: ${durationWords(leftMs)} are left`;
}

function safeStart(servers: readonly ServerReport[], safe: string, clock: Clock): string {
  const firstStart = firstStartOf(servers);
  const words = clock.long(safe);
  if (firstStart === undefined) return words;
  const leftMs = Date.parse(safe) - firstStart;
  return leftMs >= 0
    ? `${words}; the first cutover was started ${durationWords(leftMs)} before it`
    : `${words}; the first cutover was started ${durationWords(-leftMs)} after it`;
}

function firstStartOf(servers: readonly ServerReport[]): number | undefined {
  const starts = servers.flatMap(({ timings }) => timings.cutoverStartedAt ?? []).map((iso) => Date.parse(iso));
  return starts.length === 0 ? undefined : Math.min(...starts);
}

function peopleNeeded(context: ReportContext): Html {
  const { report, clock } = context;
  const { run, servers } = report;
  const waiting = run.endedAt === undefined ? (run.gates ?? []).filter((gate) => isOpen(gate, clock)) : [];
  const open = servers.filter((server) => isStuck(server, run.endedAt !== undefined));
  const decisions = decisionsOf(context);
  if (waiting.length === 0 && open.length === 0 && decisions.length === 0) {
    return html`<h3>What needs a person</h3>
      <p>${run.endedAt === undefined ? nothingYet : 'Nothing.'}</p>`;
  }
  const condition = report.world.isRehearsal ? html`<p>If this were no rehearsal:</p>` : undefined;
  return html`<h3>What needs a person</h3>
    ${condition}
    <ul class="people">
      ${waiting.map((gate) => gateLine(gate, clock))}${open.slice(0, namedMax).map(openLine)}${more(open.length)}${decisions}
    </ul>`;
}

/** The ledger does not say whether anybody still works on a run, and nothing looks as well as a run that was stopped. */
const nothingYet =
  'Nothing while the run is being worked on. Where it was stopped, nothing is brought back by itself: go on with it, or bring it back with rollback. “mgn-cutover list” says whether it was.';

/** While the run is under way, who has no verdict yet needs nobody. */
function isStuck({ verdict, nextSteps }: ServerReport, isOver: boolean): boolean {
  return verdict === 'NEEDS_A_PERSON' || (verdict === 'UNDECIDED' && (isOver || nextSteps.length > 0));
}

function isOpen({ answer, closesAt }: GateReport, clock: Clock): boolean {
  return answer === undefined && Date.parse(closesAt) > clock.endMs;
}

function gateLine({ gate, openedAt, closesAt }: GateReport, clock: Clock): Html {
  const what =
    gate === 'START'
      ? 'The run waits for somebody to approve its start'
      : 'The run waits for somebody to commit or to roll back';
  return html`<li>${what}, since ${clock.long(openedAt)}; it goes on by itself at ${clock.long(closesAt)}.</li>`;
}

function openLine(server: ServerReport): Html {
  const { symbol, words } = verdictWords(server.verdict);
  const [reason] = server.reasons;
  const steps = server.nextSteps.map((next) => html`<li>${step(next)}</li>`);
  return html`<li>
    <strong>${nameOf(server)}</strong>: ${symbol}
    ${words}${reason === undefined ? '' : `, ${reason.fact} [${reason.source}]`}${
      steps.length === 0
        ? undefined
        : html`<ul>
            ${steps}
          </ul>`
    }
  </li>`;
}

function more(count: number): Html | undefined {
  return count > namedMax
    ? html`<li>and ${counted(count - namedMax, 'more source server')}, in the table below.</li>`
    : undefined;
}

/** What is verified waits for a decision that nobody is forced to take; its commands are told once. */
function decisionsOf({ report: { servers }, sharedSteps }: ReportContext): Html[] {
  if (sharedSteps.size === 0) return [];
  const verified = servers.filter(({ verdict }) => verdict === 'VERIFIED');
  const steps = [...sharedSteps].map((next) => html`<li>${step(next)}</li>`);
  return [
    html`<li>
      ${counted(verified.length, 'verified source server')} can be committed or brought back:
      <ul>
        ${steps}
      </ul>
    </li>`,
  ];
}
