/** What a step needs when it runs in Lambda: MGN, the ledger's table, the clock, a logger. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDbStore } from '../ledger/dynamodb-store.ts';
import { createLedger } from '../ledger/ledger.ts';
import { createMgn } from '../mgn/mgn-adapter.ts';
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
  const clients = createMgnClients({});
  const client = new DynamoDBClient({ requestHandler: httpTimeouts, maxAttempts: 5 });
  const clock = { now: () => Date.now() };
  const retention = ledgerRetentionMs === undefined ? undefined : { ms: ledgerRetentionMs, clock };
  return {
    mgn: (target) => createMgn(clients, target),
    ledger: createLedger(createDynamoDbStore({ client, tableName, retention })),
    clock,
    logger: createLogger(logLevel),
    newNonce: () => randomUUID(),
    sourceServerTag,
  };
}
