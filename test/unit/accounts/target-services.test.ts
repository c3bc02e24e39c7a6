/** MGN and EC2 of several accounts and regions, through the simulator's in-process door, STS included. */
import * as v from 'valibot';
import { SourceServerIDSchema } from '../../../functions/domain/identifiers.ts';
import type { MgnTarget } from '../../../functions/domain/ports.ts';
import type { TargetServices } from '../../../functions/accounts/target-services.ts';
import { countCalls } from '../../../local/call-counter.ts';
import { createSimulatedWorld, warmUpSdk } from '../../../local/simulated-world.ts';
import { realTime, withVirtualTime, type Time } from '../../../local/virtual-time.ts';
import type { Simulator } from '../../../simulator/simulator.ts';
import { inspect } from '../../../simulator/world/inspect.ts';
import { homeID, otherID, roleArn, twoAccountsScenario, unlinkedID } from './two-accounts.ts';

interface InWorld {
  readonly services: TargetServices;
  readonly simulator: Simulator;
  readonly time: Time;
  /** How often the simulator was called for an operation. */
  readonly callsOf: (operation: string) => number;
  /** Host names and places of the source servers that MGN shows at a target. */
  readonly show: (target: MgnTarget) => Promise<string[]>;
}

const inWorld = (work: (world: InWorld) => Promise<void>) =>
  withVirtualTime(
    { startMs: Date.parse('2026-03-07T22:00:00Z'), seed: 1, warmUp: () => warmUpSdk(twoAccountsScenario, realTime) },
    async (time) => {
      const { services, simulator } = createSimulatedWorld(twoAccountsScenario, 1, time);
      const known = inspect(simulator.world(), time.now()).accounts.flatMap((account) => account.sourceServers);
      const sourceServerIDs = known.map(({ sourceServerID }) => sourceServerID).filter((id) => id !== undefined);
      await work({
        services,
        simulator,
        time,
        callsOf: (operation) => simulator.callCounts()[operation]?.calls ?? 0,
        show: async (target) => {
          const selection = { sourceServerIDs: idsOf(sourceServerIDs), isArchived: false };
          const servers = await services.mgn(target).describeSourceServers(selection);
          return servers.map(({ hostname, arn }) => `${hostname ?? ''} ${arn.split(':').slice(3, 5).join(' ')}`);
        },
      });
    },
  );

const idsOf = (ids: readonly string[]) => ids.map((id) => v.parse(SourceServerIDSchema, id));
const nameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );

describe('MGN of a target', () => {
  it.each<[string, MgnTarget, string[]]>([
    ['the caller’s own account and region', {}, [`home-1 eu-central-1 ${homeID}`]],
    ['another region of that account', { region: 'eu-west-1' }, [`home-1 eu-west-1 ${homeID}`]],
    [
      'a linked account, through the global view',
      { accountID: otherID },
      [`other-1 eu-central-1 ${otherID}`, `other-2 eu-central-1 ${otherID}`],
    ],
    [
      'another account, through a role there',
      { accountID: otherID, roleArn },
      [`other-1 eu-central-1 ${otherID}`, `other-2 eu-central-1 ${otherID}`],
    ],
    [
      'another account and region, through a role there',
      { accountID: otherID, region: 'eu-west-1', roleArn },
      [`west-1 eu-west-1 ${otherID}`],
    ],
    [
      'an account that is not linked, through a role there',
      { accountID: unlinkedID, roleArn },
      [`alone-1 eu-central-1 ${unlinkedID}`],
    ],
  ])('is that of %s', async (_, target, servers) => {
    await inWorld(async ({ show }) => {
      expect(await show(target)).toEqual(servers);
    });
  });

  it('is denied through the global view where the account is not linked', async () => {
    await inWorld(async ({ show }) => {
      expect(await nameOf(show({ accountID: unlinkedID }))).toBe('AccessDeniedError');
    });
  });

  it('is denied where the role may not be assumed, saying by whom', async () => {
    await inWorld(async ({ show }) => {
      const role = `arn:aws:iam::${otherID}:role/Nobody`;
      await expect(show({ accountID: otherID, roleArn: role })).rejects.toMatchObject({
        name: 'AccessDeniedError',
        message: expect.stringContaining(`arn:aws:iam::${homeID}:user/simulated may not assume ${role}`),
      });
    });
  });

  it('assumes a role once for all its clients, and again when the session is about to end', async () => {
    await inWorld(async ({ services, show, time, callsOf }) => {
      const target = { accountID: otherID, roleArn, runID: 'night-1' };
      await show(target);
      await services.ec2(target).describeDefaultSubnets();
      await show({ ...target, region: 'eu-west-1' });
      expect(callsOf('sts:AssumeRole')).toBe(1);

      for (let minutes = 20; minutes <= 180; minutes += 20) {
        await time.sleep(20 * 60_000);
        expect(await show(target)).toHaveLength(2);
      }
      expect(callsOf('sts:AssumeRole')).toBe(4);
    });
  });

  it('begins sessions of other runs apart, so that CloudTrail there tells them apart', async () => {
    await inWorld(async ({ show, callsOf }) => {
      for (const runID of ['night-1', 'night-2', 'night-1']) await show({ accountID: otherID, roleArn, runID });

      expect(callsOf('sts:AssumeRole')).toBe(2);
    });
  });

  it('is read again later when STS fails, and a write that was not sent had no effect', async () => {
    await inWorld(async ({ services, simulator, show, callsOf }) => {
      simulator.faults().add({ fault: 'serverError', operation: 'sts:AssumeRole', firstCalls: 6 });
      const target = { accountID: otherID, roleArn };

      expect(await nameOf(show(target))).toBe('TransientServiceError');
      const [first] = inspect(simulator.world(), simulator.now()).accounts[1]?.sourceServers ?? [];
      const started = services.mgn(target).startCutover(idsOf([first?.sourceServerID ?? '']), {});
      expect(await nameOf(started)).toBe('ThrottledError');
      expect(callsOf('StartCutover')).toBe(0);
      expect(await show(target)).toHaveLength(2);
    });
  });
});

describe('EC2 of a target', () => {
  it('is that of its account and region', async () => {
    await inWorld(async ({ services }) => {
      const quotas = [{}, { accountID: otherID, roleArn }, { accountID: otherID, roleArn, region: 'eu-west-1' }].map(
        async (target) => (await services.ec2(target).readVcpuQuota())?.quota,
      );

      expect(await Promise.all(quotas)).toEqual([10_000, 10_000, 64]);
    });
  });
});

describe('the clients of a target', () => {
  it('are made once, and watched from the first call on', async () => {
    await inWorld(async ({ services, show }) => {
      const calls = countCalls(services);
      for (let times = 0; times < 2; times += 1) {
        await show({});
        await show({ accountID: otherID, roleArn });
      }

      expect(calls.get('DescribeSourceServers')).toBe(4);
      expect(services.clientsOf({ region: 'eu-central-1' })).toBe(services.clientsOf({ accountID: otherID }));
      expect(services.clientsOf({})).not.toBe(services.clientsOf({ roleArn: `arn:aws:iam::${otherID}:role/Any` }));
    });
  });
});
