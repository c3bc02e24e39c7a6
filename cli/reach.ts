/** Where a service is reached and as whom: regions, endpoints and credentials as flags and environment give them. */
import { shownText } from '../functions/domain/shown-text.ts';
import { CommandError } from './exit-code.ts';
import type { Io } from './io.ts';

/** The SDK wants some credentials; a simulator or emulator on this machine checks none. */
export const simulatorCredentials = { accessKeyId: 'simulator', secretAccessKey: 'simulator' };

/** Whether the environment says who calls. */
export function hasCredentials(env: Io['env']): boolean {
  return ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'].some((name) => env[name] !== undefined);
}

/** The region that `--region` or the environment names, undefined where neither does. */
export function regionOf(flag: string | undefined, env: Io['env']): string | undefined {
  return flag ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
}

/** @throws CommandError when no region can have that name. */
export function assertRegion(region: string): void {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return;
  throw new CommandError(
    `--region: "${shownText(region)}" is not the name of a region; expected one such as eu-west-1.`,
  );
}

/** @throws CommandError when it is no URL of a service. */
export function parseEndpoint(endpoint: string, what = '--endpoint'): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new CommandError(`${what}: "${shownText(endpoint)}" is not a URL; expected one such as http://127.0.0.1:8080.`);
}

/** Whether the URL leads to this machine. */
export function isOnThisMachine({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
