/** The channels of a deployment, with the credentials of the function's role. */
import { setTimeout as wait } from 'node:timers/promises';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { Clock } from '../domain/ports.ts';
import type { Channel } from './message.ts';
import { createNoticeTopic } from './notice-topic.ts';
import type { ReporterEnvironment } from './watch-environment.ts';
import { createWebhook } from './webhook.ts';
import { readWebhookFrom } from './webhook-parameter.ts';

/** The topic, and the webhook where the deployment names one. */
export function productionChannels(
  { region, noticeTopicArn, webhookParameterName: name, endpoints }: ReporterEnvironment,
  clock: Clock,
): Channel[] {
  const sender = { region, credentials: fromEnv(), clock, wait };
  const topic = createNoticeTopic(sender, noticeTopicArn, endpoints.sns);
  if (name === undefined) return [topic];
  return [topic, createWebhook({ ...readWebhookFrom({ sender, name, endpoint: endpoints.ssm }), wait })];
}
