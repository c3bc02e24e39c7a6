/** A hook that is an SSM Automation document: started once, looked at until it ends (JSON 1.1 of the API 2014-11-06). */
import * as v from 'valibot';
import { valuesOf } from '../domain/hook-options.ts';
import { cutOutput } from '../domain/hook-output.ts';
import type { HookPayload } from '../domain/hook-payload.ts';
import type { HookVerdict } from '../domain/hook-record.ts';
import { domainSuffix, sendSigned, ServiceRequestError, type Sender } from '../shared/signed-request.ts';
import type { BegunTry } from './hook-runner.ts';

/** Systems Manager in one region. */
export interface AutomationService {
  readonly sender: Sender;
  /** Where it is, when it is not AWS's own. */
  readonly endpoint?: string | undefined;
}

const StartedSchema = v.object({ AutomationExecutionId: v.string() });
const ExecutionSchema = v.object({
  AutomationExecution: v.object({
    AutomationExecutionStatus: v.string(),
    FailureMessage: v.optional(v.string()),
    Outputs: v.optional(v.record(v.string(), v.array(v.string()))),
  }),
});

/**
 * Starts the document with the hook's parameters and no others, because it takes only what it declares. The token makes
 * the service recognise a call that it has taken before.
 *
 * @throws ServiceRequestError when nobody knows whether it was started, or when the service may take it later.
 */
export async function startAutomation(
  service: AutomationService,
  documentName: string,
  { parameters: filled, token }: HookPayload,
): Promise<BegunTry> {
  const parameters = Object.entries(filled).map(([name, value]) => [name, valuesOf(value)] as const);
  try {
    const answer = await call(service, 'StartAutomationExecution', {
      DocumentName: documentName,
      ClientToken: token,
      ...(parameters.length > 0 && { Parameters: Object.fromEntries(parameters) }),
    });
    return { externalID: v.parse(StartedSchema, answer).AutomationExecutionId };
  } catch (error) {
    if (!(error instanceof ServiceRequestError) || error.mayPass) throw error;
    return { ended: { succeeded: false, output: '', reason: error.message } };
  }
}

/** How an execution may have ended; every other status is one on the way (`AutomationExecutionStatus`). */
const endings: ReadonlyMap<string, boolean> = new Map([
  ['Success', true],
  ['CompletedWithSuccess', true],
  ['Failed', false],
  ['TimedOut', false],
  ['Cancelled', false],
  ['Rejected', false],
  ['ChangeCalendarOverrideRejected', false],
  ['CompletedWithFailure', false],
  ['Exited', false],
]);

/**
 * The verdict of an execution that has ended.
 *
 * @throws ServiceRequestError or ValiError when it cannot be read.
 */
export async function lookAtAutomation(
  service: AutomationService,
  executionID: string,
): Promise<HookVerdict | undefined> {
  const answer = await call(service, 'GetAutomationExecution', { AutomationExecutionId: executionID });
  const {
    AutomationExecutionStatus: status,
    FailureMessage,
    Outputs,
  } = v.parse(ExecutionSchema, answer).AutomationExecution;
  const succeeded = endings.get(status);
  if (succeeded === undefined) return undefined;
  const output = cutOutput(Outputs === undefined ? '' : JSON.stringify(Outputs));
  const message = FailureMessage === undefined ? '' : `: ${cutOutput(FailureMessage)}`;
  return succeeded
    ? { succeeded, output }
    : { succeeded, output, reason: `automation ${executionID} ${status}${message}` };
}

/**
 * Has the execution cancelled; the step that it is at is still ended.
 *
 * @throws ServiceRequestError when it cannot be.
 */
export async function stopAutomation(service: AutomationService, executionID: string): Promise<void> {
  await call(service, 'StopAutomationExecution', { AutomationExecutionId: executionID, Type: 'Cancel' });
}

async function call({ sender, endpoint }: AutomationService, operation: string, input: object): Promise<unknown> {
  const { region } = sender;
  const answer = await sendSigned(sender, {
    service: 'ssm',
    method: 'POST',
    url: new URL(endpoint ?? `https://ssm.${region}.${domainSuffix(region)}/`),
    contentType: 'application/x-amz-json-1.1',
    target: `AmazonSSM.${operation}`,
    body: JSON.stringify(input),
  });
  return answer === '' ? {} : v.parse(v.pipe(v.string(), v.parseJson()), answer);
}
