/**
 * In place of `@aws-sdk/util-user-agent-node` in the bundles: what calls say of their sender. Lambda's environment tells
 * where they come from; the original also looks for a runtime library and for an application's ID in files.
 */
import { env, versions } from 'node:process';

/** Says the SDK and its version, Node's, the service, and Lambda's execution environment (CloudTrail's `userAgent`). */
export const defaultUserAgent = ({
  serviceId = '',
  clientVersion,
}: {
  readonly serviceId?: string;
  readonly clientVersion: string;
}) => {
  const sections = [
    ['aws-sdk-js', clientVersion],
    ['md/nodejs', versions.node],
    [`api/${serviceId}`, clientVersion],
    [`exec-env/${env['AWS_EXECUTION_ENV'] ?? ''}`],
  ];
  return () => Promise.resolve(sections);
};
