/** What was brought back, and how it is known that it is. */
import type { ServerReport } from '../../functions/domain/report.ts';
import { between } from '../timing-figures.ts';
import { duration, type Clock } from '../clock.ts';
import type { ReportContext } from '../context.ts';
import { html, type Html, type Insert } from '../html.ts';
import { nameOf, verdictWords } from '../verdict-words.ts';
import { counted, identifier, section, table } from './section.ts';

/** The section. */
export function rollbackSection({ report, clock }: ReportContext): Html {
  const brought = report.servers.filter(
    ({ verdict, timings, rollbackProblems }) =>
      verdict === 'ROLLED_BACK' || timings.rollbackRequestedAt !== undefined || rollbackProblems.length > 0,
  );
  if (brought.length === 0) return section('rollback', 'Rollback', html`<p>Nothing was rolled back.</p>`);
  const back = brought.filter(({ verdict }) => verdict === 'ROLLED_BACK').length;
  const intro = html`<p>
    ${counted(brought.length, 'source server')} to be brought back, ${back.toLocaleString('en')} of them proven to be
    back: MGN showed each as it was before, and no instance of this run was left.
    ${back === brought.length ? '' : html`<strong>${counted(brought.length - back, 'source server')} not proven to be back.</strong>`}
  </p>`;
  const headings = [
    'Source server',
    'Is it back',
    'Decided',
    'Reverted',
    'Terminate job',
    'Instance',
    'State read',
    'Proven',
    'Took',
    'Problems',
  ];
  return section('rollback', 'Rollback', [
    intro,
    table(
      'What was rolled back, and the proof',
      headings,
      brought.map((server) => cells(server, clock)),
    ),
  ]);
}

function cells(server: ServerReport, clock: Clock): Insert[] {
  const { timings, verdict, jobs, instances, lifeCycleState, rollbackProblems } = server;
  const time = (iso: string | undefined) => (iso === undefined ? '–' : clock.short(iso));
  const took = between(timings.rollbackRequestedAt, timings.rolledBackAt);
  const { symbol, words } = verdictWords(verdict);
  const instance = instances.terminated ?? instances.cutover;
  return [
    nameOf(server),
    verdict === 'ROLLED_BACK' ? '✓ YES' : `✗ NO (${symbol} ${words})`,
    time(timings.rollbackRequestedAt),
    time(timings.revertedAt),
    identifier(jobs.terminateCutoverInstance),
    instance === undefined
      ? 'none was launched'
      : html`${identifier(instance)}${verdict === 'ROLLED_BACK' ? ' gone' : ''}`,
    lifeCycleState ?? '–',
    time(timings.rolledBackAt),
    took === undefined ? '–' : duration(took),
    rollbackProblems.map(({ fact, source }) => `${fact} [${source}]`).join('; ') || '–',
  ];
}
