/** The SNS topic that tells people (Publish of the Query API, version 2010-03-31). */
import { domainSuffix, sendSigned, type Sender } from '../shared/signed-request.ts';

/** A message for people: the subject of an e-mail and its text. */
export interface Notice {
  /** ASCII, fewer than 100 characters: what SNS takes. */
  readonly subject: string;
  readonly text: string;
}

/** Where notices go. */
export interface NoticeTopic {
  /** Tells everybody who has subscribed; throws ServiceRequestError when SNS did not take it. */
  publish(notice: Notice): Promise<void>;
}

/** The topic of that ARN, at `endpoint` where SNS is not AWS's own. */
export function createNoticeTopic(sender: Sender, topicArn: string, endpoint?: string): NoticeTopic {
  const url = new URL(endpoint ?? `https://sns.${sender.region}.${domainSuffix(sender.region)}/`);
  return {
    publish: async ({ subject, text }) => {
      const form = { Action: 'Publish', Version: '2010-03-31', TopicArn: topicArn, Subject: subject, Message: text };
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
