/**
 * In place of `@aws-sdk/util-endpoints` in the bundles: the partitions that functions are deployed in, told by the region's
 * name. The original lists every region of every partition there is.
 */
import { customEndpointFunctions } from '@smithy/util-endpoints';

interface Partition {
  readonly name: string;
  readonly dnsSuffix: string;
  readonly dualStackDnsSuffix: string;
  readonly supportsFIPS: boolean;
  readonly supportsDualStack: boolean;
}

const everywhere = { supportsFIPS: true, supportsDualStack: true };

/** What the clients' endpoint rules ask of a region (`aws.partition`). */
export function partition(region: string): Partition {
  if (region.startsWith('cn-')) {
    const dualStackDnsSuffix = 'api.amazonwebservices.com.cn';
    return { name: 'aws-cn', dnsSuffix: 'amazonaws.com.cn', dualStackDnsSuffix, ...everywhere };
  }
  const name = region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return { name, dnsSuffix: 'amazonaws.com', dualStackDnsSuffix: 'api.aws', ...everywhere };
}

customEndpointFunctions['aws'] = { partition: (region) => partition(String(region)) };

/** What clients say of themselves beside the SDK's name: nothing. */
export const getUserAgentPrefix = (): string => '';
