/**
 * A deployed stack as a world: its state machines do the work, this process starts them, watches and reads. The ledger
 * is the stack's table and is never written from here; a command that runs the machines itself, on a laptop, may use the
 * same table and then does write.
 */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { AccessDeniedError, ThrottledError, TransientServiceError } from '../../functions/domain/errors.ts';
import type { LedgerStore } from '../../functions/domain/ports.ts';
import type { Tag } from '../../functions/domain/source-server.ts';
import { createDynamoDbStore } from '../../functions/ledger/dynamodb-store.ts';
import { realTime, type Time } from '../../local/virtual-time.ts';
import { CommandError, messageOf } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { createLiveServices } from '../live-services.ts';
import { assertRegion, regionOf } from '../reach.ts';
import { serviceRefusal } from '../service-errors.ts';
import { findPerson } from '../person.ts';
import { shellWord } from '../shell-word.ts';
import type { World } from '../world.ts';
import { createStackClients, type StackClients, type StackClientsConfig } from './clients.ts';
import { createExecutions, type Executions } from './executions.ts';
import { findStack, type StackParts } from './parts.ts';

/** A stack whose state machines do the work. */
export interface Stack {
  readonly name: string;
  readonly region: string;
  /** Whether it is deployed to an emulator on this machine, which has no console. */
  readonly isEmulated: boolean;
  readonly executions: Executions;
}

/** A world in which a stack works. */
export interface StackWorld extends World {
  readonly stack: Stack;
}

/** Which stack. */
export interface StackFlags {
  readonly stack: string;
  readonly region?: string | undefined;
}

/** How the stack is reached, where that is not the network and the wall's time. */
export interface StackReach {
  readonly requestHandler?: StackClientsConfig['requestHandler'];
  readonly time?: Time;
}

/**
 * Opens the stack.
 *
 * @throws CommandError when it is not there, is no stack of ours, or cannot be reached.
 */
export async function openStackWorld(flags: StackFlags, io: Io, reach: StackReach = {}): Promise<StackWorld> {
  const { clients, parts, region } = await openStack(flags, io, reach);
  const { stack: name } = flags;
  const label = `STACK ${name} in ${region}`;
  const services = createLiveServices({ region, env: io.env });
  const time = reach.time ?? realTime;
  return {
    isRehearsal: false,
    needsConsent: !clients.isEmulated,
    label,
    flags: `--stack ${shellWord(name)} --region ${region}`,
    store: readOnly(createDynamoDbStore({ client: clients.dynamoDb, tableName: parts.ledgerTableName })),
    ledgerPath: label,
    findPerson: parts.takesPerson
      ? () => findPerson({ region, isSimulated: clients.isEmulated, env: io.env })
      : undefined,
    stack: {
      name,
      region,
      isEmulated: clients.isEmulated,
      executions: createExecutions(clients.stepFunctions, parts.aliasArns),
    },
    async within(work) {
      try {
        return await work({ services, time });
      } catch (error) {
        throw explained(error, name, region);
      }
    },
    close: () => {
      clients.close();
      services.close();
    },
  };
}

const dayMs = 86_400_000;

/** The ledger of a stack, for a command that does the work itself. */
export interface StackLedger {
  readonly store: LedgerStore;
  /** The tag that the deployment asks of source servers, which whoever shares its ledger asks as well. */
  readonly sourceServerTag: Tag | undefined;
  close(): void;
}

/**
 * Opens the ledger of a stack for reading and writing.
 *
 * @throws CommandError as {@link openStackWorld} does.
 */
export async function openStackLedger(flags: StackFlags, io: Io, reach: StackReach = {}): Promise<StackLedger> {
  const { clients, parts } = await openStack(flags, io, reach);
  return {
    store: createDynamoDbStore({
      client: clients.dynamoDb,
      tableName: parts.ledgerTableName,
      retention: { ms: parts.ledgerRetentionDays * dayMs, clock: reach.time ?? realTime },
    }),
    sourceServerTag: parts.sourceServerTag,
    close: () => {
      clients.close();
    },
  };
}

async function openStack(
  flags: StackFlags,
  io: Io,
  { requestHandler }: StackReach,
): Promise<{ clients: StackClients; parts: StackParts; region: string }> {
  const named = regionOf(flags.region, io.env);
  const clients = createStackClients({ region: named, env: io.env, ...(requestHandler && { requestHandler }) });
  try {
    const region = named ?? (await regionOfProfile(clients.stepFunctions));
    assertRegion(region);
    return { clients, parts: await findStack(clients.cloudFormation, flags.stack, region, clients.endpoint), region };
  } catch (error) {
    clients.close();
    throw error;
  }
}

async function regionOfProfile(client: SFNClient): Promise<string> {
  try {
    return await client.config.region();
  } catch {
    throw new CommandError('--region: say in which region the stack is, or set AWS_REGION.');
  }
}

/** Operators have no right to write the ledger; a command that tried to would be a defect. */
function readOnly(store: LedgerStore): LedgerStore {
  return {
    read: (partition, sort) => store.read(partition, sort),
    readAll: (partition) => store.readAll(partition),
    write: (changes) =>
      Promise.reject(new TypeError(`the ledger of a stack is only read; ${changes[0]?.partition ?? ''}`)),
  };
}

/** What a service answered, as a message with a remedy. Whatever may have started something says so itself. */
function explained(error: unknown, name: string, region: string): unknown {
  const isOfService =
    error instanceof AccessDeniedError || error instanceof TransientServiceError || error instanceof ThrottledError;
  if (!isOfService) return error;
  if (error instanceof ThrottledError) return new CommandError(`${messageOf(error)}. Try again in a minute.`);
  const needs =
    'states:StartExecution, DescribeExecution, ListExecutions and StopExecution on the stack’s state machines, and dynamodb:GetItem and Query on its ledger';
  return serviceRefusal(error, { service: `stack ${name}`, region, needs });
}
