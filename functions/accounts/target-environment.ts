/** Where the services of targets are, as the SDK's own variables say it. */
import * as v from 'valibot';
import { readEc2Endpoints } from '../ec2/ec2-environment.ts';
import type { TargetEndpoints } from './target-services.ts';

const url = v.optional(v.pipe(v.string(), v.url()));

const StsEnvironmentSchema = v.object({ AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_STS: url });

/**
 * The endpoints of the services beside MGN; unset where AWS's own are meant.
 *
 * @throws ValiError when one is no URL.
 */
export function readTargetEndpoints(variables: Readonly<Record<string, string | undefined>>): TargetEndpoints {
  const settings = v.parse(StsEnvironmentSchema, variables);
  return { ...readEc2Endpoints(variables), sts: settings.AWS_ENDPOINT_URL_STS ?? settings.AWS_ENDPOINT_URL };
}

const FunctionEnvironmentSchema = v.object({
  AWS_REGION: v.pipe(v.string(), v.nonEmpty()),
  AWS_LAMBDA_FUNCTION_NAME: v.optional(v.string()),
});

/** What Lambda tells a function of itself. */
export interface FunctionEnvironment {
  readonly region: string;
  readonly functionName: string | undefined;
}

/**
 * What Lambda tells a function of itself.
 *
 * @throws ValiError when `AWS_REGION` is missing.
 */
export function readFunctionEnvironment(variables: Readonly<Record<string, string | undefined>>): FunctionEnvironment {
  const settings = v.parse(FunctionEnvironmentSchema, variables);
  return { region: settings.AWS_REGION, functionName: settings.AWS_LAMBDA_FUNCTION_NAME };
}
