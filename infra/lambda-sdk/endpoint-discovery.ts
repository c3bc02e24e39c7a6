/**
 * In place of `@aws-sdk/middleware-endpoint-discovery` in the bundles: DynamoDB's client prepares what none of its commands
 * uses, with a cache that is 7 KB of each bundle.
 */

/** Nobody is asked whether endpoints are to be discovered. */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};

/** The client's configuration as it is. */
export const resolveEndpointDiscoveryConfig = <Config>(config: Config): Config => config;
