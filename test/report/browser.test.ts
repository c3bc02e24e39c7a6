import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { renderReport } from '../../report/render-report.ts';
import { folder } from '../cli/command-line.ts';
import { barriers, weakTexts } from './accessibility.ts';
import { noChromium, startChromium } from './chromium.ts';
import { aLargeReport, aReport, aRolledBackServer, aServer } from './sample-report.ts';

// A browser on a busy machine takes its time.
jest.setTimeout(60_000);

const files = folder();

/** A page that was opened, and what happened while it was. */
interface Opened {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

const report = () =>
  aReport([
    aServer(),
    aServer({ hostname: 'web-2', sourceServerID: 's-0123456789abcdef2' }),
    aRolledBackServer(),
    aServer({ hostname: 'mail-1', applicationName: 'office', verdict: 'NEEDS_A_PERSON', phase: 'needs a person' }),
  ]);

const describeInChromium = noChromium === undefined ? describe : describe.skip;

describeInChromium(`the page in Chromium${noChromium === undefined ? '' : ` (skipped: ${noChromium})`}`, () => {
  let browser: Browser;
  let small: string;

  beforeAll(async () => {
    const diagrams = ['wave-cutover', 'cutover-shift'].map((machine) => ({
      machine,
      svg: readFileSync(`docs/diagrams/${machine}.svg`, 'utf8'),
    }));
    small = files.file('small.html', await renderReport(report(), { diagrams, version: '1.2.3' }));
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser.close();
  });

  const open = async (path: string, options: BrowserContextOptions = {}): Promise<Opened> => {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(15_000);
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`file://${path}`);
    return { page, requests, complaints };
  };

  it('opens from a file without a word in the console, and asks nobody for anything', async () => {
    const { page, requests, complaints } = await open(small);
    await page.locator('#theme').click();
    await page.locator('#open-all').click();
    expect(complaints).toEqual([]);
    expect(requests).toEqual([`file://${small}`]);
    expect(await page.title()).toBe('LIVE: cutover run night-1');
    await page.close();
  });

  it('lets no other script run', async () => {
    const { page } = await open(small);
    const added = `document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "taken over"' }))`;
    await page.evaluate(added);
    expect(await page.title()).toBe('LIVE: cutover run night-1');
    await page.close();
  });

  it('is used with the keyboard alone: the filter is reached, and details open with Enter', async () => {
    const { page } = await open(small);
    const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.tagName');
    for (let presses = 0; presses < 60 && (await focused()) !== 'filter'; presses += 1)
      await page.keyboard.press('Tab');
    expect(await focused()).toBe('filter');
    await page.keyboard.type('db-1');
    expect(await page.locator('#shown').textContent()).toBe('1 of 4 source servers shown');
    for (let presses = 0; presses < 20 && (await focused()) !== 'SUMMARY'; presses += 1)
      await page.keyboard.press('Tab');
    expect(await page.getByText('EC2 did not launch the instance LAUNCH_FAILED').isVisible()).toBe(false);
    await page.keyboard.press('Enter');
    expect(await page.getByText('EC2 did not launch the instance LAUNCH_FAILED').isVisible()).toBe(true);
    await page.close();
  });

  it('filters by what is in the details, by application and by verdict, and orders', async () => {
    const { page } = await open(small);
    const shown = () => page.locator('#list tbody:not([hidden]) th[scope=row]').allTextContents();
    await page.fill('#filter', 'mgnjob-0123456789abcdef7');
    expect(await shown()).toEqual(['db-1s-0123456789abcdef1']);
    await page.fill('#filter', 'office');
    expect(await shown()).toEqual(['mail-1s-0123456789abcdef0']);
    await page.fill('#filter', '');
    await page.selectOption('#by-verdict', 'VERIFIED');
    expect(await shown()).toHaveLength(2);
    await page.selectOption('#by-verdict', '');
    await page.selectOption('#order', 'verdict');
    expect((await shown()).map((text) => text.slice(0, 4))).toEqual(['mail', 'db-1', 'web-', 'web-']);
    expect(await page.locator('#list tbody.app:not([hidden])').count()).toBe(0);
    await page.selectOption('#order', '');
    expect(await page.locator('#list tbody.app:not([hidden])').count()).toBe(2);
    await page.close();
  });

  it.each(['light', 'dark'] as const)(
    'has no barrier that axe finds in %s, with all details open',
    async (colorScheme) => {
      const { page } = await open(small, { colorScheme });
      await page.locator('#open-all').click();
      expect(await barriers(page)).toEqual([]);
      expect(await weakTexts(page)).toEqual([]);
      await page.close();
    },
  );

  it('is read on a telephone without scrolling the page sideways', async () => {
    const { page } = await open(small, { viewport: { width: 390, height: 844 } });
    await page.locator('#open-all').click();
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    await page.close();
  });

  it('shows every detail on paper, in dark on white, and no controls', async () => {
    const { page } = await open(small, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    const seen = await page.evaluate<boolean[]>(
      "[...document.querySelectorAll('details > :not(summary)')].map((element) => element.checkVisibility())",
    );
    expect(seen.length).toBeGreaterThan(8);
    expect(seen.every((isSeen) => isSeen)).toBe(true);
    expect(await page.locator('#filter').isVisible()).toBe(false);
    expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });

  it('shows all but controls where no script runs', async () => {
    const { page } = await open(small, { javaScriptEnabled: false });
    expect(await page.locator('#controls').isVisible()).toBe(false);
    expect(await page.locator('svg.chart').first().isVisible()).toBe(true);
    await page.locator('summary', { hasText: 'Details of db-1' }).click();
    expect(await page.getByText('EC2 did not launch the instance LAUNCH_FAILED').isVisible()).toBe(true);
    await page.close();
  });

  it('saves the report as JSON', async () => {
    const { page } = await open(small);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    expect(download.suggestedFilename()).toBe('night-1.json');
    const saved: unknown = JSON.parse(readFileSync(await download.path(), 'utf8'));
    expect(saved).toEqual(JSON.parse(JSON.stringify(report())));
    await page.close();
  });

  it('unpacks the details of 1,000 source servers, and finds what is in them', async () => {
    const { page, complaints } = await open(files.file('large.html', await renderReport(aLargeReport(1_000))));
    await page.waitForSelector('#list[data-whole]', { state: 'attached' });
    await page.fill('#filter', 'LAUNCH_FAILED server-00499');
    expect(await page.locator('#shown').textContent()).toBe('1 of 1000 source servers shown');
    await page.locator('summary', { hasText: 'Details of server-00499' }).click();
    expect(await page.getByText('Ask for more of this instance type.').first().isVisible()).toBe(false);
    expect(await page.locator('#list tbody:not([hidden]) details').innerText()).toContain(
      'Ask for more of this instance type.',
    );
    expect(complaints).toEqual([]);
    await page.close();
  });
});
