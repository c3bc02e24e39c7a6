/**
 * The ledger store of an account: one DynamoDB table, shared by every function and by the tools of operators. Reads
 * are strongly consistent. Every write is a transaction, a single change too, because a transaction carries a token:
 * the SDK may send it again after a lost answer and the change is still made once, where a plain conditional update
 * would find its own first effect and call it somebody else's.
 */
import {
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  paginateQuery,
  type AttributeValue,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { TransientServiceError } from '../domain/errors.ts';
import type { Expectation, LedgerChange, LedgerItem, LedgerStore } from '../domain/ports.ts';
import { translateError } from '../mgn/translate-error.ts';

/** The table and how to reach it. */
export interface DynamoDbStoreConfig {
  readonly client: DynamoDBClient;
  /** A table with the string keys `partition` (hash) and `sort` (range). */
  readonly tableName: string;
}

/** `partition`, `value` and others are reserved words in DynamoDB's expressions. */
const names = { '#partition': 'partition', '#version': 'version', '#value': 'value' } as const;

/**
 * The store in the table `tableName`. Its operations throw TransientServiceError when DynamoDB cannot be reached,
 * throttles, or two transactions met on one item; AccessDeniedError when the caller may not use the table;
 * NotFoundError when there is no such table.
 */
export function createDynamoDbStore({ client, tableName }: DynamoDbStoreConfig): LedgerStore {
  return {
    read: (partition, sort) =>
      call('GetItem', async () => {
        const command = new GetItemCommand({ TableName: tableName, Key: keyOf(partition, sort), ConsistentRead: true });
        const { Item } = await client.send(command);
        return Item && toItem(Item);
      }),

    readAll: (partition) =>
      call('Query', async () => {
        const pages = paginateQuery(
          { client },
          {
            TableName: tableName,
            ConsistentRead: true,
            KeyConditionExpression: '#partition = :partition',
            ExpressionAttributeNames: { '#partition': names['#partition'] },
            ExpressionAttributeValues: { ':partition': { S: partition } },
          },
        );
        const items: LedgerItem[] = [];
        for await (const page of pages) items.push(...(page.Items ?? []).map(toItem));
        return items;
      }),

    write: (changes) =>
      call('TransactWriteItems', async () => {
        const command = new TransactWriteItemsCommand({
          TransactItems: changes.map((change) => toTransactItem(tableName, change)),
        });
        try {
          await client.send(command);
          return true;
        } catch (error) {
          if (isRefusedByCondition(error)) return false;
          throw error;
        }
      }),
  };
}

async function call<Answer>(operation: string, send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    throw translateError(error, `the ledger's ${operation}`, 'read');
  }
}

/** A transaction is also cancelled for reasons that pass, such as another transaction on the same item. */
function isRefusedByCondition(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  return (error.CancellationReasons ?? []).some((reason) => reason.Code === 'ConditionalCheckFailed');
}

/** A change of a value adds to the version in place, so that it grows by one without being read first. */
function toTransactItem(tableName: string, { partition, sort, expect, value }: LedgerChange): TransactWriteItem {
  const { condition, values } = conditionOf(expect);
  const target = { TableName: tableName, Key: keyOf(partition, sort) };
  if (value === undefined) {
    return {
      Delete: {
        ...target,
        ...(condition === undefined
          ? {}
          : { ConditionExpression: condition, ExpressionAttributeNames: { '#version': names['#version'] } }),
        ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
      },
    };
  }
  return {
    Update: {
      ...target,
      UpdateExpression: 'SET #value = :value ADD #version :one',
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ExpressionAttributeNames: { '#value': names['#value'], '#version': names['#version'] },
      ExpressionAttributeValues: { ...values, ':value': { S: JSON.stringify(value) }, ':one': { N: '1' } },
    },
  };
}

function conditionOf(expect: Expectation): { condition: string | undefined; values: Record<string, AttributeValue> } {
  switch (expect) {
    case 'any':
      return { condition: undefined, values: {} };
    case 'absent':
      return { condition: 'attribute_not_exists(#version)', values: {} };
    default:
      return { condition: '#version = :expected', values: { ':expected': { N: String(expect) } } };
  }
}

function keyOf(partition: string, sort: string): Record<string, AttributeValue> {
  return { partition: { S: partition }, sort: { S: sort } };
}

/** An item without these attributes was not written by this store. */
function toItem(attributes: Record<string, AttributeValue>): LedgerItem {
  const partition = attributes['partition']?.S;
  const sort = attributes['sort']?.S;
  const version = Number(attributes['version']?.N);
  const json = attributes['value']?.S;
  if (partition === undefined || sort === undefined || Number.isNaN(version) || json === undefined) {
    throw new TransientServiceError(
      `the ledger's table holds an item that is not the ledger's: ${partition ?? ''} ${sort ?? ''}`,
    );
  }
  const value: unknown = JSON.parse(json);
  return { partition, sort, version, value };
}
