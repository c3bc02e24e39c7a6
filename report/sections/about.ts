/** How this page was made, and the report as data. */
import type { FullReport } from '../../cli/full-report.ts';
import { html, trusted, type Html } from '../html.ts';
import { packed } from '../packed.ts';
import { section } from './section.ts';

/** Packed data that is larger stays out of the page, in bytes: mail servers refuse large attachments. */
const dataBytesMax = 450_000;

/** The section; `version` is that of the program that made the page. */
export function aboutSection(report: FullReport, version: string | undefined): Html {
  const data = packed(JSON.stringify(report));
  const { run, world, madeAt } = report;
  const made = madeAt === undefined ? '' : ` on ${madeAt.slice(0, 19).replace('T', ' ')} UTC`;
  const how =
    data.length > dataBytesMax
      ? html`<p>
          The report as data is not in this page, which it would make too large:
          <code class="cmd">mgn-cutover report ${run.name} --output ${run.name}.json</code> writes it.
        </p>`
      : html`<p>
            The report as data is in this page, too (gzip in base64, in the element <code>#data</code>).
            <button type="button" id="save" hidden>Save it as JSON</button>
          </p>
          <script type="text/plain" id="data" data-name="${run.name}.json">
            ${trusted(data)}
          </script>`;
  return section('about', 'How this page was made', [
    html`<p>
      By mgn-cutover${version === undefined ? '' : ` ${version}`}${made}, from the records of run
      <code>${run.name}</code> (${world.place}). Each fact names its source: the API of MGN or EC2 that gave it, or the
      run’s own records, such as its window; nothing is read off a screen. The page loads nothing from anywhere, and
      sends nothing.
    </p>`,
    how,
  ]);
}
