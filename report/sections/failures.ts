/** Steps of the state machine that failed for good. */
import type { ReportContext } from '../context.ts';
import { html, type Html } from '../html.ts';
import { section, table } from './section.ts';

/** The section. */
export function failuresSection({ report, clock }: ReportContext): Html {
  const { failures } = report;
  return section(
    'failures',
    'Failed steps',
    failures.length === 0
      ? html`<p>No step failed for good.</p>`
      : table(
          'Steps that failed for good',
          ['When', 'Batch', 'Error', 'Message'],
          failures.map(({ at, batchID, error, message }) => [
            clock.short(at),
            batchID ?? '–',
            html`<code>${error}</code>`,
            message,
          ]),
        ),
  );
}
