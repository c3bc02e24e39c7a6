/** Runs hooks through AWS: Lambda functions and SSM Automation documents. */
import * as v from 'valibot';
import { timeoutSecondsOf } from '../domain/hook-options.ts';
import type { Clock } from '../domain/ports.ts';
import type { MgnClients } from '../mgn/mgn-adapter.ts';
import type { Sender } from '../shared/signed-request.ts';
import { lookAtAutomation, startAutomation, stopAutomation } from './automation-hook.ts';
import type { HookRunner } from './hook-runner.ts';
import { invokeHook } from './lambda-hook.ts';

/** Where the services are when they are not AWS's own. */
export interface HookEndpoints {
  readonly lambda?: string | undefined;
  readonly ssm?: string | undefined;
}

const url = v.optional(v.pipe(v.string(), v.url()));

const HookEndpointsSchema = v.object({
  AWS_ENDPOINT_URL: url,
  AWS_ENDPOINT_URL_LAMBDA: url,
  AWS_ENDPOINT_URL_SSM: url,
});

/**
 * The endpoints as the SDK's own variables say them: the service's variable before the general one.
 *
 * @throws ValiError when one is no URL.
 */
export function readHookEndpoints(variables: Readonly<Record<string, string | undefined>>): HookEndpoints {
  const settings = v.parse(HookEndpointsSchema, variables);
  return {
    lambda: settings.AWS_ENDPOINT_URL_LAMBDA ?? settings.AWS_ENDPOINT_URL,
    ssm: settings.AWS_ENDPOINT_URL_SSM ?? settings.AWS_ENDPOINT_URL,
  };
}

/** Who calls: the region and the credentials of the MGN clients, so that hooks are called where the tool runs. */
export async function hookSender(
  { reader }: Pick<MgnClients, 'reader'>,
  clock: Clock,
  wait: Sender['wait'],
): Promise<Sender> {
  return { region: await reader.config.region(), credentials: () => reader.config.credentials(), clock, wait };
}

/** A runner that calls Lambda and Systems Manager. */
export function createCloudHookRunner(sender: () => Promise<Sender>, endpoints: HookEndpoints = {}): HookRunner {
  const automation = async () => ({ sender: await sender(), endpoint: endpoints.ssm });
  return {
    async start(hook, payload) {
      if (hook.lambda !== undefined) {
        const called = { arn: hook.lambda, timeoutSeconds: timeoutSecondsOf(hook) };
        return { ended: await invokeHook(await sender(), called, payload, endpoints.lambda) };
      }
      if (hook.automation !== undefined) return startAutomation(await automation(), hook.automation, payload);
      return { ended: { succeeded: false, output: '', reason: 'a command cannot be run in AWS' } };
    },
    look: async (externalID) => lookAtAutomation(await automation(), externalID),
    stop: async (externalID) => stopAutomation(await automation(), externalID),
  };
}
