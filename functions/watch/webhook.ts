/**
 * A chat's incoming webhook: it is sent `{"text": "…"}`, which Slack, Mattermost, Rocket.Chat and Google Chat take as it is.
 * Its URL is a secret: whoever has it can write there. So it stands in no message, error or log of ours.
 */
import type { Channel, Message } from './message.ts';

/** The webhook did not take a message, or its URL cannot be used. The message says why, and never names the URL. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
}

/** How the webhook is reached. */
export interface WebhookConfig {
  /** Where it is; read anew for each message. */
  readonly url: () => Promise<URL>;
  /** Hears that the webhook does not take what is sent there, so that another URL may be read for the next message. */
  readonly onRefusal?: (() => void) | undefined;
  /** Sends a request; `fetch` unless told. */
  readonly send?: ((url: URL, init: RequestInit) => Promise<Response>) | undefined;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<unknown>;
  /** Once it is aborted, nothing is sent any more, and what is on its way is given up. */
  readonly signal?: AbortSignal | undefined;
}

const triesMax = 3;
const waitMs = 500;
/** The longest wait that a webhook may ask for (Retry-After), in milliseconds. */
const askedWaitMsMax = 5_000;
/** How long one try may take, in milliseconds. */
const tryMsMax = 5_000;

/** The webhook as a channel. `tell` tries three times while it is unreachable, busy or failing (429, 5xx). */
export function createWebhook(config: WebhookConfig): Channel {
  return {
    name: 'WEBHOOK',
    tell: async (message) => {
      const url = await config.url();
      const body = JSON.stringify({ text: chatText(message) });
      for (let tryNumber = 1; ; tryNumber += 1) {
        const result = await tryOnce(config, url, body);
        if (result === 'TAKEN') return;
        if (result.waitMs === undefined || tryNumber === triesMax) {
          if (result.waitMs === undefined) config.onRefusal?.();
          throw new WebhookError(`the webhook ${result.what}`);
        }
        await config.wait(Math.max(result.waitMs, waitMs * 4 ** (tryNumber - 1)));
      }
    },
  };
}

/** Why it was not taken, and after how long at least it may be; never, where that is undefined. */
interface Refusal {
  readonly what: string;
  readonly waitMs: number | undefined;
}

/** It is not followed elsewhere: a redirect is an answer like any other that is not "taken". */
async function tryOnce({ send = fetch, signal }: WebhookConfig, url: URL, body: string): Promise<'TAKEN' | Refusal> {
  const late = AbortSignal.timeout(tryMsMax);
  try {
    const response = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
      redirect: 'manual',
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    await response.body?.cancel();
    if (response.ok) return 'TAKEN';
    const { status } = response;
    return { what: `answered ${String(status)}`, waitMs: mayPass(status) ? askedWait(response) : undefined };
  } catch {
    // What fetch throws may name the host.
    return { what: 'could not be reached', waitMs: signal?.aborted === true ? undefined : 0 };
  }
}

function mayPass(status: number): boolean {
  return status === 429 || status >= 500;
}

function askedWait({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? '0');
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, askedWaitMsMax) : 0;
}

/**
 * Subject and text. Names and errors come from others, and chats take `<!channel>` and `@channel` for a call to everybody
 * and `<…|…>` for a link, so those characters stand as others that look like them.
 */
function chatText({ subject, text }: Message): string {
  const likeness: Readonly<Record<string, string>> = { '<': '‹', '>': '›', '@': '＠' };
  return `${subject}\n\n${text}`.replace(/[<>@]/g, (character) => likeness[character] ?? '');
}

/**
 * The URL of a webhook that a person wrote down: https, or to this machine itself where that is allowed, for trials.
 *
 * @throws WebhookError when it is none of these; the message does not quote it.
 */
export function parseWebhookUrl(text: string, { mayBeLoopback = false } = {}): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined) throw new WebhookError('the webhook’s address is no URL');
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol === 'https:' || (mayBeLoopback && url.protocol === 'http:' && isLoopback)) return url;
  throw new WebhookError('the webhook’s URL is not one of https');
}
