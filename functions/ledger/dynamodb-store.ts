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
  type Update,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { LedgerUnreadableError, TransientServiceError } from '../domain/errors.ts';
import type { Clock, Expectation, LedgerChange, LedgerItem, LedgerStore } from '../domain/ports.ts';
import { describeIssue } from '../domain/run-input.ts';
import { translateError } from '../mgn/translate-error.ts';
import { parseStored, unreadable } from './parse-item.ts';

/** The table and how to reach it. */
export interface DynamoDbStoreConfig {
  readonly client: DynamoDBClient;
  /** A table with the string keys `partition` (hash) and `sort` (range). */
  readonly tableName: string;
  /** How long an item is kept after it was last written; without it nothing expires. */
  readonly retention?: Retention | undefined;
}

/**
 * Lets items expire that nobody has written for `ms` milliseconds: each is written with the attribute `expiresAt` (epoch
 * seconds), by which DynamoDB removes it within days of that time, each item by itself (time to live).
 */
export interface Retention {
  readonly ms: number;
  readonly clock: Clock;
}

/** An item as it is stored: the value is kept as JSON text. */
const ItemSchema = v.object({
  partition: v.object({ S: v.string() }),
  sort: v.object({ S: v.string() }),
  version: v.object({ N: v.pipe(v.string(), v.transform(Number), v.integer()) }),
  value: v.object({ S: v.string() }),
});

/** Names go by placeholder because many words, `value` and `partition` among them, are reserved in expressions. */
const versionName = { '#version': 'version' };

type Guard = Pick<Update, 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>;

/**
 * The store in the table `tableName`. Its operations throw TransientServiceError when DynamoDB cannot be reached,
 * throttles, or two transactions met on one item; AccessDeniedError when the caller may not use the table;
 * NotFoundError when there is no such table.
 */
export function createDynamoDbStore({ client, tableName, retention }: DynamoDbStoreConfig): LedgerStore {
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
            ExpressionAttributeNames: { '#partition': 'partition' },
            ExpressionAttributeValues: { ':partition': { S: partition } },
          },
        );
        const items: LedgerItem[] = [];
        let lastKey: string | undefined;
        for await (const { Items = [], LastEvaluatedKey } of pages) {
          for (const item of Items) items.push(toItem(item));
          const key = LastEvaluatedKey && JSON.stringify(LastEvaluatedKey);
          if (key !== undefined && key === lastKey) throw new TransientServiceError('its pages do not end');
          lastKey = key;
        }
        return items;
      }),

    write: (changes) =>
      call('TransactWriteItems', async () => {
        const expiresAt = retention && Math.floor((retention.clock.now() + retention.ms) / 1_000);
        const command = new TransactWriteItemsCommand({
          TransactItems: changes.map((change) => toTransactItem(tableName, change, expiresAt)),
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
    if (error instanceof LedgerUnreadableError) throw error;
    throw translateError(error, `the ledger's ${operation}`, 'read');
  }
}

/** A transaction is also cancelled for reasons that pass, such as another transaction on the same item. */
function isRefusedByCondition(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  return (error.CancellationReasons ?? []).some((reason) => reason.Code === 'ConditionalCheckFailed');
}

/**
 * A change of a value adds to the version in place, so that it grows by one without being read first. Where nothing
 * expires any more, an item written now loses the time at which it would have.
 */
function toTransactItem(
  tableName: string,
  { partition, sort, expect, value }: LedgerChange,
  expiresAt: number | undefined,
): TransactWriteItem {
  const guarded = { TableName: tableName, Key: keyOf(partition, sort), ...guardOf(expect) };
  if (value === undefined) return { Delete: guarded };
  const expiry = expiresAt === undefined ? ' REMOVE #expiresAt' : ', #expiresAt = :expiresAt';
  return {
    Update: {
      ...guarded,
      UpdateExpression: `SET #value = :value${expiry} ADD #version :one`,
      ExpressionAttributeNames: { ...versionName, '#value': 'value', '#expiresAt': 'expiresAt' },
      ExpressionAttributeValues: {
        ...guarded.ExpressionAttributeValues,
        ...(expiresAt !== undefined && { ':expiresAt': { N: String(expiresAt) } }),
        ':value': { S: JSON.stringify(value) },
        ':one': { N: '1' },
      },
    },
  };
}

/** What has to hold for a change to be made; DynamoDB refuses names and values that no expression uses. */
function guardOf(expect: Expectation): Guard {
  switch (expect) {
    case 'any':
      return {};
    case 'absent':
      return { ConditionExpression: 'attribute_not_exists(#version)', ExpressionAttributeNames: versionName };
    default:
      return {
        ConditionExpression: '#version = :expected',
        ExpressionAttributeNames: versionName,
        ExpressionAttributeValues: { ':expected': { N: String(expect) } },
      };
  }
}

function keyOf(partition: string, sort: string): Record<string, AttributeValue> {
  return { partition: { S: partition }, sort: { S: sort } };
}

function toItem(attributes: Record<string, AttributeValue>): LedgerItem {
  const parsed = v.safeParse(ItemSchema, attributes);
  if (!parsed.success) throw unreadable(keyIn(attributes), describeIssue(parsed.issues[0]));
  const { version, value, ...key } = parsed.output;
  const [partition, sort] = [key.partition.S, key.sort.S];
  return { partition, sort, version: version.N, value: parseStored(value.S, { partition, sort }) };
}

/** What is left of the key of an item that is none. */
function keyIn({ partition, sort }: Record<string, AttributeValue>): { partition: string; sort: string } {
  return { partition: partition?.S ?? 'item', sort: sort?.S ?? '' };
}
