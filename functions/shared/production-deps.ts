/** What a step needs when it runs in Lambda: MGN and EC2, the ledger's table, the clock, a logger. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { readFunctionEnvironment, readTargetEndpoints } from '../accounts/target-environment.ts';
import { createTargetServices } from '../accounts/target-services.ts';
import { createDynamoDbStore } from '../ledger/dynamodb-store.ts';
import { createLedger } from '../ledger/ledger.ts';
import { createMgnClients } from '../mgn/mgn-clients.ts';
import { readEnvironment } from './environment.ts';
import { createLogger } from './logger.ts';
import type { StepDeps } from './step.ts';

/** DynamoDB answers in milliseconds; what takes seconds is lost, and every ledger call may be repeated. */
const httpTimeouts = { connectionTimeout: 2_000, requestTimeout: 5_000 };

/**
 * The dependencies of a step, from the environment of the process.
 *
 * @throws ValiError when a setting of `environment.ts` is missing or wrong.
 */
export function productionDeps(): StepDeps {
  const { ledgerTableName: tableName, ledgerRetentionMs, logLevel, sourceServerTag } = readEnvironment(process.env);
  const { region, functionName } = readFunctionEnvironment(process.env);
  const client = new DynamoDBClient({ requestHandler: httpTimeouts, maxAttempts: 5 });
  const clock = { now: () => Date.now() };
  const retention = ledgerRetentionMs === undefined ? undefined : { ms: ledgerRetentionMs, clock };
  const services = createTargetServices({
    home: { region, credentials: fromEnv(), clock, wait },
    createClients: (ofTarget, credentials) =>
      createMgnClients({ region: ofTarget, ...(credentials && { credentials }) }),
    endpoints: readTargetEndpoints(process.env),
    sessionName: functionName,
  });
  return {
    mgn: (target) => services.mgn(target),
    ec2: (target) => services.ec2(target),
    ledger: createLedger(createDynamoDbStore({ client, tableName, retention })),
    hookPlace: 'cloud',
    clock,
    logger: createLogger(logLevel),
    newNonce: () => randomUUID(),
    pause: (ms) => wait(ms),
    gateLookSeconds: 900,
    sourceServerTag,
  };
}
