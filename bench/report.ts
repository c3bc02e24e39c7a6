/**
 * What the HTML report of a run costs: its size, the time to make it, and the time until a browser without a window has
 * opened it, beside that of an empty page. A generated fleet is cut over for it, one source server in twenty of which goes
 * wrong. The bars: 1,000 source servers take under 2 MB and open in under 2 s.
 * Run: `npx node bench/report.ts`, or `npx node bench/report.ts 500` for one other size. Needs Chromium (`CHROMIUM_PATH`).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { makeReport } from '../cli/full-report.ts';
import { htmlReport } from '../cli/html-report.ts';
import { parseRunName } from '../cli/run-name.ts';
import { createMemoryStore } from '../functions/ledger/memory-store.ts';
import { noChromium, startChromium } from '../test/report/chromium.ts';
import { cutOverWave } from './a-wave.ts';

/** Each page is opened so often; the median counts. */
const opens = 5;

/** When a page was there, in milliseconds from its navigation. */
interface Opening {
  readonly firstPaint: number;
  readonly load: number;
}

async function makePage(servers: number): Promise<{ html: string; makeMs: number }> {
  const store = createMemoryStore();
  await cutOverWave(servers, store);
  const source = { store, label: 'REHEARSAL (simulated)', isRehearsal: true, flags: '' };
  const report = await makeReport(source, parseRunName('name', 'bench'));
  if (report === undefined) throw new Error('the run is not in the ledger');
  const start = performance.now();
  const html = await htmlReport(report);
  return { html, makeMs: performance.now() - start };
}

/** In the browser's language; a page of ours lets no text become a program, so that nothing can be waited for otherwise. */
const readOpening = `new Promise((tell) => {
  const [{ loadEventEnd: load }] = performance.getEntriesByType('navigation');
  const observer = new PerformanceObserver((list) => tell({ firstPaint: list.getEntries()[0].startTime, load }));
  observer.observe({ type: 'paint', buffered: true });
})`;

async function openPage(browser: Browser, path: string): Promise<Opening> {
  const openings: Opening[] = [];
  for (let count = 0; count < opens; count += 1) {
    const page = await browser.newPage();
    await page.goto(`file://${path}`);
    openings.push(await page.evaluate<Opening>(readOpening));
    await page.close();
  }
  const median = (values: readonly number[]) =>
    [...values].sort((one, other) => one - other)[Math.floor(opens / 2)] ?? 0;
  return {
    firstPaint: median(openings.map(({ firstPaint }) => firstPaint)),
    load: median(openings.map(({ load }) => load)),
  };
}

if (noChromium !== undefined) throw new Error(noChromium);
const folder = mkdtempSync(join(tmpdir(), 'mgn-cutover-report-'));
const browser = await startChromium();
try {
  const write = (name: string, html: string) => {
    const path = join(folder, name);
    writeFileSync(path, html);
    return path;
  };
  const empty = await openPage(browser, write('empty.html', '<!DOCTYPE html><title>empty</title><p>empty'));
  const sizes = process.argv.slice(2).map(Number);
  for (const servers of sizes.length === 0 ? [20, 200, 1_000] : sizes) {
    const { html, makeMs } = await makePage(servers);
    const { firstPaint, load } = await openPage(browser, write(`${String(servers)}.html`, html));
    const times = (ms: number, ofEmpty: number) =>
      `${ms.toFixed(0)} ms, ${(ms / ofEmpty).toFixed(1)} times an empty page`;
    const figures: readonly (readonly [string, string])[] = [
      ['bytes', Buffer.byteLength(html).toLocaleString('en')],
      ['made in', `${makeMs.toFixed(0)} ms`],
      ['first paint after', times(firstPaint, empty.firstPaint)],
      ['loaded after', times(load, empty.load)],
    ];
    process.stdout.write(`\n${servers.toLocaleString('en')} source servers\n`);
    for (const [what, figure] of figures) process.stdout.write(`  ${what.padEnd(20)}${figure}\n`);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
