/** The SNS topic that tells people (Publish of the Query API, version 2010-03-31). */
import { domainSuffix, sendSigned, type Sender } from '../shared/signed-request.ts';
import type { Channel, Message } from './message.ts';

/** What programs are subscribed by; whoever is subscribed by anything else gets the text. */
const programs = ['email-json', 'http', 'https', 'lambda', 'sqs'] as const;

/**
 * The topic of that ARN, at `endpoint` where SNS is not AWS's own: people get the text, programs the document, and kind,
 * severity and run are attributes that a subscription can filter by. `tell` throws ServiceRequestError when SNS did not
 * take it.
 */
export function createNoticeTopic(sender: Sender, topicArn: string, endpoint?: string): Channel {
  const url = new URL(endpoint ?? `https://sns.${sender.region}.${domainSuffix(sender.region)}/`);
  return {
    name: 'TOPIC',
    tell: async (message) => {
      const { kind, severity, run } = message.document;
      const form = {
        Action: 'Publish',
        Version: '2010-03-31',
        TopicArn: topicArn,
        Subject: message.subject,
        MessageStructure: 'json',
        Message: byProtocol(message),
        ...attributes({ kind, severity, run }),
      };
      await sendSigned(sender, {
        service: 'sns',
        method: 'POST',
        url,
        contentType: 'application/x-www-form-urlencoded; charset=utf-8',
        body: new URLSearchParams(form).toString(),
      });
    },
  };
}

function byProtocol({ text, document }: Message): string {
  const json = JSON.stringify(document);
  return JSON.stringify({
    default: text,
    email: text,
    ...Object.fromEntries(programs.map((protocol) => [protocol, json])),
  });
}

function attributes(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values).flatMap(([name, value], index) => {
    const entry = `MessageAttributes.entry.${String(index + 1)}`;
    return [
      [`${entry}.Name`, name],
      [`${entry}.Value.DataType`, 'String'],
      [`${entry}.Value.StringValue`, value],
    ] as const;
  });
  return Object.fromEntries(entries);
}
