/** Where EC2 is, as the SDK's own variables say it: the service's variable before the general one. */
import * as v from 'valibot';
import type { Ec2Endpoints } from './ec2-adapter.ts';

const url = v.optional(v.pipe(v.string(), v.url()));

const Ec2EnvironmentSchema = v.object({
  AWS_ENDPOINT_URL: url,
  AWS_ENDPOINT_URL_EC2: url,
  AWS_ENDPOINT_URL_SERVICE_QUOTAS: url,
  AWS_ENDPOINT_URL_CLOUDWATCH: url,
});

/**
 * The endpoints of the services that tell of launch targets; unset where AWS's own are meant.
 *
 * @throws ValiError when one is no URL.
 */
export function readEc2Endpoints(variables: Readonly<Record<string, string | undefined>>): Ec2Endpoints {
  const settings = v.parse(Ec2EnvironmentSchema, variables);
  const general = settings.AWS_ENDPOINT_URL;
  return {
    ec2: settings.AWS_ENDPOINT_URL_EC2 ?? general,
    serviceQuotas: settings.AWS_ENDPOINT_URL_SERVICE_QUOTAS ?? general,
    cloudWatch: settings.AWS_ENDPOINT_URL_CLOUDWATCH ?? general,
  };
}
