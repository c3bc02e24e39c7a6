/** A hook that is a Lambda function: invoked once, and waited for (Invoke of the API 2015-03-31). */
import * as v from 'valibot';
import type { HookPayload } from '../domain/hook-payload.ts';
import { cutOutput } from '../domain/hook-output.ts';
import type { HookVerdict } from '../domain/hook-record.ts';
import { readText } from '../shared/bounded-body.ts';
import { domainSuffix, encodePart, sendSigned, ServiceRequestError, type Sender } from '../shared/signed-request.ts';

const RefusalSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ ok: v.literal(false), message: v.optional(v.unknown()) }),
);
/** What `AbortSignal.timeout` ends a request with. */
const TimeoutSchema = v.object({ name: v.literal('TimeoutError') });
const FunctionErrorSchema = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

/** The function to invoke. */
export interface LambdaHook {
  readonly arn: string;
  /** How long its answer is waited for. */
  readonly timeoutSeconds: number;
}

/**
 * Invokes the function, in the region of its ARN, and judges its answer: an error of the function or `{"ok": false}` is a failure, and so is no answer
 * in time.
 *
 * @param endpoint - where Lambda is, when it is not AWS's own.
 * @throws ServiceRequestError when nobody knows whether the function was invoked, or when Lambda may take it later.
 */
export async function invokeHook(
  sender: Sender,
  { arn, timeoutSeconds }: LambdaHook,
  payload: HookPayload,
  endpoint: string | undefined,
): Promise<HookVerdict> {
  const region = arn.split(':')[3] ?? sender.region;
  const url = new URL(
    `/2015-03-31/functions/${encodePart(arn)}/invocations`,
    endpoint ?? `https://lambda.${region}.${domainSuffix(region)}`,
  );
  const call = exchangeFor(timeoutSeconds);
  try {
    const answer = await sendSigned(
      { ...sender, region, exchange: call.exchange, triesMax: 1 },
      { service: 'lambda', method: 'POST', url, contentType: 'application/json', body: JSON.stringify(payload) },
    );
    return judgeAnswer(answer, call.functionError());
  } catch (error) {
    if (!(error instanceof ServiceRequestError)) throw error;
    if (v.is(TimeoutSchema, error.cause)) return failed(`no answer within ${String(timeoutSeconds)} s`);
    if (error.mayPass) throw error;
    return failed(call.errorType() ?? error.message);
  }
}

/** A request that waits for as long as the function may take, and notes what the answer's headers say of it. */
function exchangeFor(seconds: number) {
  let functionError: string | undefined;
  let errorType: string | undefined;
  const exchange: NonNullable<Sender['exchange']> = async ({ url, ...request }) => {
    const signal = AbortSignal.timeout(seconds * 1_000);
    const response = await fetch(url, { ...request, signal, redirect: 'manual' });
    functionError = response.headers.get('x-amz-function-error') ?? undefined;
    // A namespace may follow the name.
    errorType = response.headers.get('x-amzn-errortype')?.split(':')[0];
    return { status: response.status, body: await readText(response) };
  };
  return { exchange, functionError: () => functionError, errorType: () => errorType };
}

function judgeAnswer(answer: string, functionError: string | undefined): HookVerdict {
  const output = cutOutput(answer);
  if (functionError !== undefined) {
    const thrown = v.safeParse(FunctionErrorSchema, answer);
    return { succeeded: false, output, reason: thrown.success ? cutOutput(thrown.output.errorMessage) : functionError };
  }
  const refusal = v.safeParse(RefusalSchema, answer);
  if (!refusal.success) return { succeeded: true, output };
  const { message } = refusal.output;
  return { succeeded: false, output, reason: typeof message === 'string' ? cutOutput(message) : 'it answered not ok' };
}

function failed(reason: string): HookVerdict {
  return { succeeded: false, output: '', reason };
}
