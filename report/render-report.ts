/**
 * The report of a run as one HTML file for people: it loads nothing, sends nothing, opens from a mail, and reads the same
 * on a screen, on paper and to a screen reader. A pure function of the report.
 */
import { createHash } from 'node:crypto';
import type { FullReport } from '../cli/full-report.ts';
import { contextOf } from './context.ts';
import { html, trusted, type Html } from './html.ts';
import { pageScript } from './page-script.ts';
import { aboutSection } from './sections/about.ts';
import { approvalsSection } from './sections/approvals.ts';
import { callsSection } from './sections/calls.ts';
import { failuresSection } from './sections/failures.ts';
import { machinesSection, type Diagram } from './sections/machines.ts';
import { rollbackSection } from './sections/rollback.ts';
import { serversSection } from './sections/servers.ts';
import { summarySection } from './sections/summary.ts';
import { timelineSection } from './sections/timeline.ts';
import { timingSection } from './sections/timing.ts';
import { styleSheet } from './style-sheet.ts';

/** What a page may have beside the report. */
export interface PageExtras {
  /** Pictures of the state machines. */
  readonly diagrams?: readonly Diagram[] | undefined;
  /** Version of the program that makes the page. */
  readonly version?: string | undefined;
}

/** The page of a report, the text of an HTML file. */
export async function renderReport(report: FullReport, { diagrams = [], version }: PageExtras = {}): Promise<string> {
  const context = contextOf(report);
  const machines = machinesSection(diagrams);
  const sections = [
    summarySection(context),
    await timelineSection(context),
    serversSection(context),
    approvalsSection(context),
    callsSection(context),
    rollbackSection(context),
    await timingSection(context),
    failuresSection(context),
    machines,
    aboutSection(report, version),
  ];
  const contents = chapters
    .filter(([id]) => id !== 'machines' || machines !== undefined)
    .map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`);
  return page(
    report,
    html`<nav aria-label="Contents">
      <ul>
        ${contents}
      </ul>
    </nav>`,
    html`${sections}`,
  ).text;
}

const chapters = [
  ['summary', 'Summary'],
  ['timeline', 'Timeline'],
  ['servers', 'Source servers'],
  ['approvals', 'Approvals'],
  ['calls', 'API calls'],
  ['rollback', 'Rollback'],
  ['timing', 'Timing'],
  ['failures', 'Failed steps'],
  ['machines', 'State machines'],
  ['about', 'How this page was made'],
] as const;

function page(report: FullReport, contents: Html, sections: Html): Html {
  const { word, meaning } = worldWords(report.world);
  const title = `${word}: cutover run ${report.run.name}`;
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(contentPolicy)}" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${trusted(`<style>${styleSheet}</style>`)}
      </head>
      <body>
        <a class="skip" href="#summary">Skip to the summary</a>
        <header>
          <div class="world">
            <strong>${word}</strong> <span>${meaning}</span>
            <button type="button" id="theme" aria-pressed="false" hidden>Light / dark</button>
          </div>
          <h1>Cutover run ${report.run.name}</h1>
          ${contents}
        </header>
        <main>${sections}</main>
        <footer><p>Made by mgn-cutover. Each fact names where it was read.</p></footer>
        ${trusted(`<script>${pageScript}</script>`)}
      </body>
    </html> `;
}

const contentPolicy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${createHash('sha256').update(pageScript).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** In which world the run acted: the first thing a reader must know. */
function worldWords({ isRehearsal, place }: FullReport['world']): { word: string; meaning: string } {
  if (isRehearsal) return { word: 'REHEARSAL', meaning: 'Everything here is simulated; nothing real was touched.' };
  const where = place.replace(/^(?:LIVE|SIMULATOR) /, '');
  if (place.startsWith('SIMULATOR'))
    return { word: 'SIMULATOR', meaning: `${where}: no real source server was touched.` };
  if (/^(?:LIVE|STACK)\b/.test(place)) return { word: 'LIVE', meaning: `${where}: real source servers.` };
  return { word: 'FROM THE LEDGER', meaning: `${place}; the ledger does not record whether it was a simulator.` };
}
