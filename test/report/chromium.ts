/** A real browser to look at pages with: Chromium without a window, a network or a profile of its own. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Chromium is; `CHROMIUM_PATH` says otherwise. */
export const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Why pages cannot be looked at here; undefined where they can. */
export const noChromium = existsSync(chromiumPath) ? undefined : `there is no Chromium at ${chromiumPath}`;

/** Starts it, with an empty profile that is gone afterwards. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
