/** The runner of hooks in Lambda. Only the step that runs hooks has it, because each function bundles what it may need. */
import { setTimeout as wait } from 'node:timers/promises';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { readFunctionEnvironment } from '../accounts/target-environment.ts';
import type { Clock } from '../domain/ports.ts';
import { createCloudHookRunner, readHookEndpoints } from './cloud-hook-runner.ts';
import type { HookRunner } from './hook-runner.ts';

/**
 * A runner with the function's own credentials, in its own region.
 *
 * @throws ValiError when a setting of the environment is missing or wrong.
 */
export function productionHookRunner(clock: Clock): HookRunner {
  const { region } = readFunctionEnvironment(process.env);
  const sender = { region, credentials: fromEnv(), clock, wait };
  return createCloudHookRunner(() => Promise.resolve(sender), readHookEndpoints(process.env));
}
