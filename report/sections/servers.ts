/** Every source server with its verdict; what is behind it is in its details, closed on the screen and open on paper. */
import type { ServerReport } from '../../functions/domain/report.ts';
import { duration } from '../clock.ts';
import type { ReportContext } from '../context.ts';
import { html, trusted, type Html } from '../html.ts';
import { packed } from '../packed.ts';
import { between } from '../timing-figures.ts';
import { applicationOf, nameOf, verdictsInOrder, verdictWords } from '../verdict-words.ts';
import { counted, section } from './section.ts';
import { serverDetails } from './server-details.ts';

const columns = ['Source server', 'Verdict', 'Lifecycle state', 'Launched after', 'Settled after', 'Why'];

/**
 * Details that take more than this, in bytes, are packed, and the page's script unpacks them: of 1,000 source servers they
 * would make the page too large for a mail.
 */
const detailsBytesMax = 1_000_000;

/** The section. */
export function serversSection(context: ReportContext): Html {
  const byApplication = Map.groupBy(context.report.servers, applicationOf);
  const servers = [...byApplication.values()].flat();
  const head = columns.map((column) => html`<th scope="col">${column}</th>`);
  const details = new Map(servers.map((server) => [server, serverDetails(server, context)]));
  const isPacked = [...details.values()].reduce((sum, { text }) => sum + text.length, 0) > detailsBytesMax;
  const groups = [...byApplication].map(
    ([application, ofIt]) =>
      html`${groupHeading(application, ofIt)}${ofIt.map((server) => serverRows(server, isPacked ? undefined : details.get(server)))}`,
  );
  return section('servers', 'Source servers', [
    html`<p>
      Times of day are UTC; “launched after” and “settled after” count from StartCutover, in minutes and seconds. In the
      details each fact names the API that said so, when this run saw it, and how old that was at the end of the report.
    </p>`,
    controls(servers),
    html`<div class="wide" role="region" aria-label="Source servers and their verdicts" tabindex="0">
      <table id="list">
        <caption>
          Source servers and their verdicts, by application
        </caption>
        <thead>
          <tr>
            ${head}
          </tr>
        </thead>
        ${groups}
      </table>
    </div>`,
    isPacked ? packedDetails([...details.values()]) : undefined,
  ]);
}

/** In the order of the table's rows, which is that of the applications. */
function packedDetails(details: readonly Html[]): Html {
  const data = packed(JSON.stringify(details.map(({ text }) => text)));
  return html`<noscript
      ><p class="note">
        The evidence of so many source servers is packed in this page, and needs a browser that runs its script.
      </p></noscript
    >
    <script type="text/plain" id="details">
      ${trusted(data)}
    </script>`;
}

function groupHeading(application: string, servers: readonly ServerReport[]): Html {
  const id = servers[0]?.applicationID;
  const shownID = id === undefined || id === application ? '' : `${id}, `;
  return html`<tbody class="app">
    <tr>
      <th colspan="${columns.length}" scope="rowgroup">
        ${application} <small>${shownID}${counted(servers.length, 'source server')}</small>
      </th>
    </tr>
  </tbody>`;
}

/** Shown by the page's script, without which they could do nothing. */
function controls(servers: readonly ServerReport[]): Html {
  const present = verdictsInOrder.filter((verdict) => servers.some((server) => server.verdict === verdict));
  const options = present.map((verdict) => html`<option value="${verdict}">${verdictWords(verdict).words}</option>`);
  return html`<form class="controls" id="controls" role="search" aria-label="Source servers" hidden>
    <label
      >Filter <input type="search" id="filter" placeholder="name, application, ID, reason" autocomplete="off"
    /></label>
    <label
      >Verdict
      <select id="by-verdict">
        <option value="">all</option>
        ${options}
      </select></label
    >
    <label
      >Order
      <select id="order">
        <option value="">by application</option>
        <option value="name">by name</option>
        <option value="verdict">by verdict</option>
        <option value="slow">slowest first</option>
      </select></label
    >
    <button type="button" id="open-all">Open all</button> <button type="button" id="close-all">Close all</button>
    <output id="shown" for="filter by-verdict">${counted(servers.length, 'source server')}</output>
  </form>`;
}

/** What fits beside the verdict; the details have it whole. */
const whyMax = 120;

function serverRows(server: ServerReport, details: Html | undefined): Html {
  const { sourceServerID, verdict, lifeCycleState, timings, phase } = server;
  const { symbol, words, tone } = verdictWords(verdict);
  const launched = between(timings.cutoverStartedAt, timings.launchedAt);
  const settled = between(timings.cutoverStartedAt, timings.rolledBackAt ?? timings.verifiedAt);
  const name = nameOf(server);
  const state = verdict === 'UNDECIDED' ? ` (${phase})` : '';
  const row = html`<tr>
    <th scope="row">${name}<br /><code>${sourceServerID}</code></th>
    <td class=${tone}>${symbol} ${words}${state}</td>
    <td>${lifeCycleState ?? '–'}</td>
    <td>${shown(launched)}</td>
    <td>${shown(settled)}</td>
    <td>${whyOf(server)}</td>
  </tr>`;
  return html`<tbody data-v="${verdict}" data-t="${Math.round((settled ?? 0) / 1_000)}">
    ${row}
    <tr>
      <td colspan="${columns.length}">
        <details>
          <summary>Details of ${name}</summary>
          ${details}
        </details>
      </td>
    </tr>
  </tbody>`;
}

function shown(ms: number | undefined): string {
  return ms === undefined ? '–' : duration(ms);
}

function whyOf({ reasons, warnings }: ServerReport): string {
  const [reason = warnings[0]] = reasons;
  if (reason === undefined) return '';
  const { fact } = reason;
  const others = reasons.length + warnings.length - 1;
  return `${fact.length > whyMax ? `${fact.slice(0, whyMax)}…` : fact}${others > 0 ? ` (+${String(others)})` : ''}`;
}
