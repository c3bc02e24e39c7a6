/** Reports as HTML files: made with what is at hand of this program, written whole, and told of. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import type { Diagram } from '../report/sections/machines.ts';
import type { FullReport } from './full-report.ts';
import { plain } from './live/fit.ts';
import { writeWhole } from './output-file.ts';
import { shellWord } from './shell-word.ts';

/** The state machines that a run goes through. */
const shownMachines = ['wave-cutover', 'cutover-shift'] as const;

/** The report as the text of an HTML file; the plotting library is loaded here only, as no other verb needs it. */
export async function htmlReport(report: FullReport): Promise<string> {
  const { renderReport } = await import('../report/render-report.ts');
  return renderReport(report, { diagrams: await readDiagrams(), version: manifest.version });
}

/** The pictures are made with the documentation; without it the page has none. */
async function readDiagrams(): Promise<Diagram[]> {
  const diagrams: Diagram[] = [];
  for (const machine of shownMachines) {
    const path = fileURLToPath(new URL(`../docs/diagrams/${machine}.svg`, import.meta.url));
    if (existsSync(path)) diagrams.push({ machine, svg: await readFile(path, 'utf8') });
  }
  return diagrams;
}

/** The file of each report: `path` itself for one, else with the run's name before its ending. */
export function htmlPaths(
  reports: readonly FullReport[],
  path: string | undefined,
): readonly (readonly [FullReport, string])[] {
  return reports.map((report) => {
    const { name } = report.run;
    if (path === undefined) return [report, `${name}.html`];
    if (reports.length === 1) return [report, path];
    const ending = extname(path);
    return [report, `${path.slice(0, path.length - ending.length)}-${name}${ending}`];
  });
}

/**
 * Writes the reports as HTML files and answers with a sentence about each.
 *
 * @param what - the flag that asked for it
 * @param path - where; without one the files are named after their runs, in the current folder
 * @throws CommandError when a file cannot be written.
 */
export async function writeHtmlReports(
  reports: readonly FullReport[],
  path: string | undefined,
  what: string,
): Promise<string[]> {
  const lines: string[] = [];
  for (const [report, file] of htmlPaths(reports, path)) {
    const page = await htmlReport(report);
    await writeWhole(file, page, what);
    const asOf = report.run.endedAt === undefined ? ', which has not ended' : '';
    lines.push(`Report of run ${plain(report.run.name)}${asOf}: ${shellWord(file)} (${sizeWords(page)})`);
  }
  return lines;
}

function sizeWords(page: string): string {
  return `${Math.ceil(Buffer.byteLength(page) / 1_000).toLocaleString('en')} kB`;
}
