/** Everything behind the verdict of one source server. A wave may have 1,000 of them, so the markup is as short as it can be. */
import type { Reason } from '../../functions/domain/reason.ts';
import type { ReportedEvidence, ServerReport } from '../../functions/domain/report.ts';
import type { Clock } from '../clock.ts';
import type { ReportContext } from '../context.ts';
import { html, joined, type Html } from '../html.ts';
import { step } from './section.ts';

const holdsWords: Readonly<Record<ReportedEvidence['holds'], string>> = {
  YES: '✓ YES',
  NO: '✗ NO',
  UNKNOWN: '? UNKNOWN',
};

/** The details. */
export function serverDetails(server: ServerReport, { clock, sharedSteps }: ReportContext): Html {
  const { reasons, warnings, rollbackProblems, nextSteps } = server;
  return html`${reasonList('Reasons', reasons)}${reasonList('Warnings', warnings)}${reasonList('In the way of its rollback', rollbackProblems)}${evidenceList(server, clock)}${actionList(server)}${times(server, clock)}${identifiers(server)}${steps(nextSteps, sharedSteps)}`;
}

function reasonList(title: string, reasons: readonly Reason[]): Html | undefined {
  if (reasons.length === 0) return undefined;
  const lines = reasons.map(
    ({ code, fact, source, remedy }) =>
      html`<li>
        ${fact} <small>${code}, ${source}</small>${remedy === undefined ? undefined : html`<br />${remedy}`}
      </li>`,
  );
  return html`<h3>${title}</h3>
    <ul>
      ${lines}
    </ul>`;
}

/** Not a table, whose headings 1,000 source servers would repeat; each line reads as a sentence. */
function evidenceList({ evidence }: ServerReport, clock: Clock): Html | undefined {
  if (evidence.length === 0) return undefined;
  const lines = evidence.map(
    ({ holds, what, finding, source, at }) =>
      html`<li>
        ${holdsWords[holds]} <b>${what}:</b> ${finding === '' ? '–' : finding}
        <i>${source}${at === undefined ? '' : ` ${seenAt(at, clock)}`}</i>
      </li>`,
  );
  return html`<h3>Evidence</h3>
    <ul class="ev">
      ${lines}
    </ul>`;
}

function seenAt(at: string, clock: Clock): string {
  const age = clock.before(at);
  return age === undefined ? clock.short(at) : `${clock.short(at)}, ${age} old`;
}

/** The actions that are not in a line of the evidence already. */
function actionList({ actions, evidence }: ServerReport): Html | undefined {
  const untold = actions.filter(
    ({ executionID }) => executionID === undefined || !evidence.some(({ finding }) => finding.includes(executionID)),
  );
  if (untold.length === 0) return undefined;
  const lines = untold.map(
    ({ actionName, documentName, executionID, failureReason, verdict, mustSucceedForCutover }) => {
      const parts = [
        actionName === undefined ? undefined : documentName,
        verdict.replaceAll('_', ' '),
        mustSucceedForCutover ? undefined : 'need not succeed',
        executionID === undefined ? undefined : `execution ${executionID}`,
        failureReason,
      ];
      return html`<li>
        ${actionName ?? documentName ?? 'an action'}: ${parts.filter((part) => part !== undefined).join(', ')}
      </li>`;
    },
  );
  return html`<h3>Other post-launch actions</h3>
    <ul>
      ${lines}
    </ul>`;
}

function times({ phases, planned }: ServerReport, clock: Clock): Html {
  const actual = phases.map(({ phase, at }) => `${phase} ${clock.short(at)}`).join(', ');
  const plan =
    planned === undefined
      ? ''
      : `; planned: start ${clock.short(planned.cutoverStartsAt)}, launched ${clock.short(planned.launchedAt)}, verified ${clock.short(planned.verifiedAt)}`;
  return html`<p>Times: ${actual}${plan}</p>`;
}

/** The identifiers that are not in a line of the evidence already. */
function identifiers(server: ServerReport): Html | undefined {
  const { batchID, priorityGroup, jobs, instances, requestIDs, evidence } = server;
  const named: readonly (readonly [string, string | undefined])[] = [
    ['batch', batchID],
    ['priority group', priorityGroup === 5 ? undefined : String(priorityGroup)],
    ['cutover job', jobs.cutover],
    ['job that ended the test instance', jobs.terminateTestInstance],
    ['job that ended the cutover instance', jobs.terminateCutoverInstance],
    ['test instance', instances.test],
    ['cutover instance', instances.cutover],
    ['terminated instance', instances.terminated],
    ['request that took it back', requestIDs.revert],
    ['request that finalized it', requestIDs.finalize],
  ];
  const isTold = (id: string) => evidence.some(({ finding }) => finding.includes(id));
  const untold = named.flatMap(([what, id]) =>
    id === undefined || isTold(id) ? [] : html`${what} <code>${id}</code>`,
  );
  return untold.length === 0 ? undefined : html`<p>IDs: ${joined(untold, ', ')}</p>`;
}

/** What can be done with all that is verified stands in the summary, once. */
function steps(nextSteps: readonly string[], shared: ReadonlySet<string>): Html | undefined {
  const own = nextSteps.filter((next) => !shared.has(next));
  if (own.length === 0) return undefined;
  return html`<h3>Next steps</h3>
    <ul>
      ${own.map((next) => html`<li>${step(next)}</li>`)}
    </ul>`;
}
