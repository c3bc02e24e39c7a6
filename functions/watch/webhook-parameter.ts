/**
 * The SSM parameter (SecureString) that holds the URL of a chat's webhook (GetParameter, JSON 1.1 of the API 2014-11-06).
 * It is decrypted by Systems Manager; under the account's key `aws/ssm` that needs no right beside the one to read it.
 */
import * as v from 'valibot';
import { domainSuffix, sendSigned, type Sender } from '../shared/signed-request.ts';
import { parseWebhookUrl, WebhookError, type WebhookConfig } from './webhook.ts';

/** Where the parameter is. */
export interface WebhookParameter {
  readonly sender: Sender;
  readonly name: string;
  /** Where Systems Manager is, when it is not AWS's own. */
  readonly endpoint?: string | undefined;
}

const AnswerSchema = v.pipe(v.string(), v.parseJson(), v.object({ Parameter: v.object({ Value: v.string() }) }));

/** How long the URL is kept in memory, in milliseconds; a new one is in use at the latest after that. */
const keptMs = 300_000;

/**
 * What the parameter says, read at most every five minutes, and again after the webhook refused a message. `url` throws
 * ServiceRequestError when the parameter cannot be read, and WebhookError when it holds no URL of https.
 */
export function readWebhookFrom({
  sender,
  name,
  endpoint,
}: WebhookParameter): Pick<WebhookConfig, 'url' | 'onRefusal'> {
  let kept: { readonly url: URL; readonly until: number } | undefined;
  const read = async () => {
    const answer = await sendSigned(sender, {
      service: 'ssm',
      method: 'POST',
      url: new URL(endpoint ?? `https://ssm.${sender.region}.${domainSuffix(sender.region)}/`),
      contentType: 'application/x-amz-json-1.1',
      target: 'AmazonSSM.GetParameter',
      body: JSON.stringify({ Name: name, WithDecryption: true }),
    });
    const parsed = v.safeParse(AnswerSchema, answer);
    if (!parsed.success) throw new WebhookError('the webhook’s parameter was answered in an unknown shape');
    return parseWebhookUrl(parsed.output.Parameter.Value);
  };
  return {
    url: async () => {
      const now = sender.clock.now();
      if (kept === undefined || kept.until <= now) kept = { url: await read(), until: now + keptMs };
      return kept.url;
    },
    onRefusal: () => {
      kept = undefined;
    },
  };
}
