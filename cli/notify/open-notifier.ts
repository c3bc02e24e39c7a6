/** The notifier of a run on this machine, where the environment names a chat. */
import { setTimeout as wait } from 'node:timers/promises';
import { createRunNoticesLedger } from '../../functions/ledger/run-notices.ts';
import { createWebhook, parseWebhookUrl, WebhookError } from '../../functions/watch/webhook.ts';
import type { Time } from '../../local/virtual-time.ts';
import { CommandError } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { regionOf } from '../reach.ts';
import type { World } from '../world.ts';
import { createNotifier, type Notifier } from './notifier.ts';

/** The variable that holds the URL of a chat's incoming webhook; its value is a secret, and is never shown. */
export const webhookVariable = 'MGN_CUTOVER_WEBHOOK';

/** What is told on whose behalf. */
export interface NotifiedWork {
  readonly world: Pick<World, 'isRehearsal' | 'stack' | 'store' | 'flags'>;
  readonly io: Pick<Io, 'env'>;
  readonly time: Pick<Time, 'isVirtual' | 'now'>;
  /** Hears that the chat could not be told. */
  readonly onFailure: (words: string) => void;
}

/**
 * The notifier; undefined where the environment names no chat, where time is not real, and where a stack does the work,
 * which tells people itself.
 *
 * @throws CommandError when the variable holds no URL of https, or of http to this machine; before anything is touched.
 */
export function openNotifier({ world, io, time, onFailure }: NotifiedWork): Notifier | undefined {
  const { isRehearsal, stack, store, flags } = world;
  const isTold = !isRehearsal && !time.isVirtual && stack === undefined;
  const url = isTold ? webhookOf(io.env) : undefined;
  if (url === undefined) return undefined;
  const given = new AbortController();
  const { signal } = given;
  return createNotifier({
    channel: createWebhook({
      url: () => Promise.resolve(url),
      wait: (ms) => wait(ms, undefined, { signal }),
      signal,
    }),
    notices: createRunNoticesLedger(store),
    clock: time,
    place: { region: regionOf(undefined, io.env) ?? 'us-east-1', flags },
    onFailure,
    giveUp: () => {
      given.abort();
    },
  });
}

function webhookOf(env: Io['env']): URL | undefined {
  const text = env[webhookVariable] ?? '';
  if (text === '') return undefined;
  try {
    return parseWebhookUrl(text, { mayBeLoopback: true });
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    throw new CommandError(
      `${webhookVariable}: ${error.message}; expected the https URL of a chat’s incoming webhook, or no such variable.`,
    );
  }
}
