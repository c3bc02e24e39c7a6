/**
 * A DynamoDB on loopback with an empty ledger table. dynalite does everything but transactions; a small server in front
 * of it makes them out of dynalite's own conditional writes, one request at a time, so that the expressions are parsed
 * and judged by something that is not ours.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import * as v from 'valibot';

/** A running DynamoDB with the table `ledger`. */
export interface LedgerTable {
  readonly endpoint: string;
  readonly tableName: string;
  /** Operations asked for so far, such as `GetItem`, in order. */
  readonly requests: string[];
  /** The next requests are carried out, and a 500 is all that comes back. */
  loseAnswers(count: number): void;
  /** From now on every transaction that is made answers with a 500 the first time. */
  loseEveryFirstAnswer(): void;
  /** The next requests are refused with this error and not carried out. */
  refuse(count: number, error: { readonly __type: string; readonly [member: string]: unknown }): void;
  newClient(maxAttempts?: number): DynamoDBClient;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const internalError: Answer = {
  status: 500,
  body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'lost' },
};

const JsonObject = v.record(v.string(), v.unknown());
const WriteSchema = v.looseObject({ TableName: v.string(), Key: JsonObject });
const TransactionSchema = v.object({
  TransactItems: v.pipe(
    v.array(v.union([v.strictObject({ Update: WriteSchema }), v.strictObject({ Delete: WriteSchema })])),
    v.minLength(1),
    v.maxLength(100),
  ),
  ClientRequestToken: v.string(),
});

/** Starts it. */
export async function startLedgerTable(): Promise<LedgerTable> {
  const backend = dynalite({ createTableMs: 0 });
  const backendUrl = await listen(backend);
  const requests: string[] = [];
  const transactions = new Map<string, Transaction>();
  let lost = 0;
  let losesFirst = false;
  let refusals: { left: number; answer: Answer } | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = forwardedHeaders(request);
    const operation = (headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    const body: unknown = JSON.parse(await text(request));
    const send = sender(backendUrl, headers);
    requests.push(operation);
    const carryOut = async (): Promise<Answer> => {
      if (refusals !== undefined && refusals.left-- > 0) return refusals.answer;
      if (operation !== 'TransactWriteItems') return send(operation, body);
      const known = transactions.size;
      const answer = await transact(send, transactions, body);
      return losesFirst && transactions.size > known ? internalError : answer;
    };
    const answering = turn.then(carryOut);
    turn = answering;
    const answer = await answering;
    const { status, body: answered } = lost-- > 0 ? internalError : answer;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answered));
  };
  const front = createServer((request, response) => void handle(request, response));
  const endpoint = await listen(front);
  const clients: DynamoDBClient[] = [];
  const newClient = (maxAttempts = 3) => {
    const client = new DynamoDBClient({
      endpoint,
      maxAttempts,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    clients.push(client);
    return client;
  };
  await createLedgerTable(newClient());
  return {
    endpoint,
    tableName: 'ledger',
    requests,
    loseAnswers: (count) => (lost = count),
    loseEveryFirstAnswer: () => (losesFirst = true),
    refuse: (count, error) => (refusals = { left: count, answer: { status: 400, body: error } }),
    newClient,
    async close() {
      for (const client of clients) client.destroy();
      await Promise.all([closed(front), closed(backend)]);
    },
  };
}

async function createLedgerTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'partition', AttributeType: 'S' },
        { AttributeName: 'sort', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'partition', KeyType: 'HASH' },
        { AttributeName: 'sort', KeyType: 'RANGE' },
      ],
    }),
  );
}

type Send = (operation: string, body: unknown) => Promise<Answer>;

function sender(url: string, headers: Record<string, string>): Send {
  return async (operation, body) => {
    const target = { ...headers, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const response = await fetch(url, { method: 'POST', headers: target, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
}

/** A transaction that was made, and what it was. */
interface Transaction {
  readonly answer: Answer;
  readonly items: string;
}

const otherTransaction: Answer = {
  status: 400,
  body: { __type: 'com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException', Message: 'another one' },
};

/**
 * The token of a transaction that was made gets the earlier answer again, for the same items only, as DynamoDB gives it
 * for ten minutes.
 */
async function transact(send: Send, transactions: Map<string, Transaction>, body: unknown): Promise<Answer> {
  const { TransactItems: items, ClientRequestToken: token } = v.parse(TransactionSchema, body);
  const known = transactions.get(token);
  if (known !== undefined) return known.items === JSON.stringify(items) ? known.answer : otherTransaction;
  const answer = await writeAll(send, items);
  if (answer.status === 200) transactions.set(token, { answer, items: JSON.stringify(items) });
  return answer;
}

type TransactItem = v.InferOutput<typeof TransactionSchema>['TransactItems'][number];

async function writeAll(send: Send, items: readonly TransactItem[]): Promise<Answer> {
  const undo: (() => Promise<Answer>)[] = [];
  for (const [index, item] of items.entries()) {
    const [operation, write] = 'Update' in item ? ['UpdateItem', item.Update] : ['DeleteItem', item.Delete];
    const answer = await send(operation, { ...write, ReturnValues: 'ALL_OLD' });
    if (answer.status !== 200) {
      for (const step of undo.reverse()) await step();
      return isConditionFailure(answer) ? cancelled(items.length, index) : answer;
    }
    const { TableName, Key } = write;
    const { Attributes: old } = v.parse(v.object({ Attributes: v.optional(JsonObject) }), answer.body);
    undo.push(() =>
      old === undefined ? send('DeleteItem', { TableName, Key }) : send('PutItem', { TableName, Item: old }),
    );
  }
  return { status: 200, body: {} };
}

function isConditionFailure({ body }: Answer): boolean {
  const error = v.parse(v.looseObject({ __type: v.string() }), body);
  return error.__type.endsWith('#ConditionalCheckFailedException');
}

function cancelled(count: number, failed: number): Answer {
  const reasons = Array.from({ length: count }, (_, index) => ({
    Code: index === failed ? 'ConditionalCheckFailed' : 'None',
  }));
  const type = 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException';
  return { status: 400, body: { __type: type, Message: 'Transaction cancelled', CancellationReasons: reasons } };
}

function forwardedHeaders(request: IncomingMessage): Record<string, string> {
  const wanted = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
  return Object.fromEntries(wanted.map((name) => [name, String(request.headers[name] ?? '')]));
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return `http://127.0.0.1:${address.port}`;
}

/** dynalite's own `close` calls back once its store is closed too, later than the event. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
