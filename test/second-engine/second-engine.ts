/** Moto and the door before it, brought up together for one test file. */
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Place } from '../../conformance/on-step-functions.ts';
import { functionArn, LOCAL_RESIDENCE } from '../../local/arns.ts';
import { openDoor, type DoorDuties } from './door.ts';
import { startMoto } from './moto.ts';

/** A second interpreter that is up. */
export interface SecondEngine {
  /** Moto's own door. */
  readonly endpoint: string;
  /** The door before it. */
  readonly door: string;
  /** Where conformance cases may live, one at a time in each: moto loses calls of tasks that run beside others in a Region. */
  readonly places: readonly Place[];
  /** Forgets every machine and execution. */
  forgetAll(): Promise<void>;
  stop(): Promise<void>;
}

const regions = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1', 'eu-north-1', 'ap-southeast-2'];

/** The loopback endpoint wants credentials of some kind. */
const credentials = { accessKeyId: 'second-engine', secretAccessKey: 'second-engine' };

/** Brings it up, with a door before it that has these duties. */
export async function startSecondEngine(duties: DoorDuties): Promise<SecondEngine> {
  const door = await openDoor(duties);
  const moto = await startMoto(door.port).catch(async (error: unknown) => {
    await door.close();
    throw error;
  });
  door.passOnTo(moto.port);
  const endpoint = `http://127.0.0.1:${moto.port}`;
  const clients = regions.map((region) => ({ region, client: patientClient(endpoint, region) }));
  return {
    endpoint,
    door: `http://127.0.0.1:${door.port}`,
    places: clients.map(placeOf),
    forgetAll: async () => {
      await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
    },
    stop: async () => {
      for (const { client } of clients) client.destroy();
      await moto.stop();
      await door.close();
    },
  };
}

interface RegionalClient {
  readonly region: string;
  readonly client: SFNClient;
}

const readsMax = 5;

/** Moto's server now and then stumbles over its own threads while it reads; to read once more does no harm. */
function patientClient(endpoint: string, region: string): SFNClient {
  const client = new SFNClient({ endpoint, region, credentials });
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        for (let reads = 1; ; reads += 1) {
          try {
            return await next(args);
          } catch (error) {
            const isStumble =
              error instanceof Error && error.name === 'SyntaxError' && /^(Describe|Get)/.test(commandName);
            if (!isStumble || reads === readsMax) throw error;
          }
        }
      },
    { step: 'initialize', name: 'readOnceMore' },
  );
  return client;
}

function placeOf({ region, client }: RegionalClient): Place {
  return {
    client,
    roleArn: 'arn:aws:iam::000000000000:role/states',
    actArn: functionArn('Act', { ...LOCAL_RESIDENCE, region }),
    prefix: 'case',
    tags: {},
    pollMs: 100,
    patienceMs: 40_000,
  };
}
