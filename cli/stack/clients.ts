/** How a deployed stack is reached: where its services are, as whom, and how patiently. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Io } from '../io.ts';
import { hasCredentials, isOnThisMachine, parseEndpoint, simulatorCredentials } from '../reach.ts';

/** The clients of one region, and whether all they reach is an emulator on this machine. */
export interface StackClients {
  readonly cloudFormation: CloudFormationClient;
  readonly stepFunctions: SFNClient;
  readonly dynamoDb: DynamoDBClient;
  readonly isEmulated: boolean;
  /** Where CloudFormation is looked for instead of AWS, if anywhere. */
  readonly endpoint?: string | undefined;
  close(): void;
}

/** Where and how. */
export interface StackClientsConfig {
  /** Where nothing names one, the SDK looks in the user's profile. */
  readonly region?: string | undefined;
  readonly env: Io['env'];
  /** How requests are sent, if not over the network as usual. */
  readonly requestHandler?: DynamoDBClientConfig['requestHandler'];
}

/** A watcher asks every few seconds: an answer that takes longer than this is better asked for again. */
const httpTimeouts = { connectionTimeout: 5_000, requestTimeout: 15_000 };

/** Every call of these clients may be repeated: reads, and starts that a name makes unique. */
const maxAttempts = 5;

/** The clients; each goes where `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL` says, and to AWS without them. */
export function createStackClients({ region, env, requestHandler }: StackClientsConfig): StackClients {
  const endpoints = (['CLOUDFORMATION', 'SFN', 'DYNAMODB'] as const).map((service) => endpointOf(env, service));
  const isEmulated = endpoints.every(
    (endpoint) => endpoint !== undefined && isOnThisMachine(parseEndpoint(endpoint, 'AWS_ENDPOINT_URL')),
  );
  const shared = {
    maxAttempts,
    requestHandler: requestHandler ?? httpTimeouts,
    ...(region === undefined ? {} : { region }),
    ...(isEmulated && !hasCredentials(env) ? { credentials: simulatorCredentials } : {}),
  };
  const [cloudFormationEndpoint, stepFunctionsEndpoint, dynamoDbEndpoint] = endpoints.map((endpoint) =>
    endpoint === undefined ? {} : { endpoint },
  );
  const cloudFormation = new CloudFormationClient({ ...shared, ...cloudFormationEndpoint });
  const stepFunctions = new SFNClient({ ...shared, ...stepFunctionsEndpoint });
  const dynamoDb = new DynamoDBClient({ ...shared, ...dynamoDbEndpoint });
  return {
    cloudFormation,
    stepFunctions,
    dynamoDb,
    isEmulated,
    endpoint: endpoints[0],
    close() {
      for (const client of [cloudFormation, stepFunctions, dynamoDb]) client.destroy();
    },
  };
}

/** As the SDKs define it: the service's own variable goes before the one for all. */
export function endpointOf(env: Io['env'], service: string): string | undefined {
  const endpoint = env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL'];
  return endpoint === '' ? undefined : endpoint;
}
