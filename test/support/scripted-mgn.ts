/** The real SDK on answers written by hand, for what no simulator would say. */
import { MgnClient } from '@aws-sdk/client-mgn';
import { createMgn } from '../../functions/mgn/mgn-adapter.ts';
import type { Mgn, MgnTarget } from '../../functions/domain/ports.ts';

/** One answer: a body (an object as JSON), with a status and headers where they are not those of success. */
export interface ScriptedAnswer {
  readonly body: unknown;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request the SDK sent: `POST /DescribeJobs` with its body. */
export interface SentRequest {
  readonly operation: string;
  readonly body: unknown;
}

interface HttpRequest {
  readonly path: string;
  readonly body?: unknown;
}

/** MGN that gives these answers in turn, and the requests it was sent. */
export const scriptedMgn = (
  answers: readonly ScriptedAnswer[],
  target: MgnTarget = {},
): { mgn: Mgn; sent: readonly SentRequest[] } => {
  const sent: SentRequest[] = [];
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: ({ path, body }: HttpRequest) => {
      const answer = answers[sent.length];
      sent.push({ operation: path.slice(1), body: typeof body === 'string' ? JSON.parse(body) : undefined });
      if (answer === undefined) throw new Error(`no answer was scripted for ${path}`);
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      const headers = { 'content-type': 'application/json', ...answer.headers };
      return Promise.resolve({ response: { statusCode: answer.status ?? 200, headers, body: Buffer.from(text) } });
    },
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
  const client = new MgnClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler,
  });
  return { mgn: createMgn({ reader: client, writer: client }, target), sent };
};

/** What a promise is rejected with. */
export const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: unknown) => error,
  );
