/** Waves of other accounts and regions: reached through roles, with quotas, locks and times of their own. */
import type { MgnTarget } from '../../../functions/domain/ports.ts';
import { placeOf } from '../../../functions/domain/place.ts';
import { inspect } from '../../../simulator/world/inspect.ts';
import { inNight, type Night } from '../../support/a-run.ts';
import { homeID, otherID, roleArn, twoAccounts, unlinkedID } from '../../unit/accounts/two-accounts.ts';

const defaults = { launchedInstance: 'none' as const, timings: { variation: 0 } };
const scenario = { ...twoAccounts, defaults };

/** The account in its region, as the simulator has it now. */
const accountOf = (night: Night, accountID: string, region: string) => {
  const { accounts } = inspect(night.simulator.world(), night.time.now());
  const found = accounts.find((account) => account.accountID === accountID && account.region === region);
  if (found === undefined) throw new Error(`nothing of ${accountID} in ${region}`);
  return found;
};
const waveOf = (night: Night, accountID: string, region: string) =>
  accountOf(night, accountID, region).waves[0]?.waveID;
const statesOf = (night: Night, accountID: string, region: string) =>
  accountOf(night, accountID, region).sourceServers.map(({ lifeCycle }) => lifeCycle?.state);
/** The targets that the steps asked for. */
const watchTargets = (night: Night) => {
  const targets: MgnTarget[] = [];
  const mgn = night.deps.mgn.bind(night.deps);
  jest.spyOn(night.deps, 'mgn').mockImplementation((target) => {
    targets.push(target);
    return mgn(target);
  });
  return targets;
};

it('cuts a wave of another account and region over through a role there', async () => {
  await inNight(scenario, async (night) => {
    const waveID = waveOf(night, otherID, 'eu-west-1');
    const { result } = await night.walk({ input: { waveID, accountID: otherID, region: 'eu-west-1', roleArn } });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 1 } } });
    expect(statesOf(night, otherID, 'eu-west-1')).toEqual(['CUTTING_OVER']);
    expect(statesOf(night, otherID, 'eu-central-1')).toEqual(['READY_FOR_CUTOVER', 'READY_FOR_CUTOVER']);
    expect((await night.read()).servers[0]?.nextSteps).toContain(
      'to bring it back: mgn-cutover rollback night-1 --region eu-west-1',
    );
  });
});

it('brings it back there as well', async () => {
  await inNight(scenario, async (night) => {
    const waveID = waveOf(night, unlinkedID, 'eu-central-1');
    await night.walk({ input: { waveID, accountID: unlinkedID, roleArn } });
    const { result } = await night.walk({ machine: 'rollback', name: 'undo-1', input: { runID: 'night-1' } });

    expect(result.status).toBe('SUCCEEDED');
    expect(statesOf(night, unlinkedID, 'eu-central-1')).toEqual(['READY_FOR_CUTOVER']);
    expect((await night.read()).verdicts).toEqual({ 'alone-1': 'ROLLED_BACK' });
  });
});

it('finalizes as another role where the input names one, and does nothing else as that one', async () => {
  await inNight(scenario, async (night) => {
    const targets = watchTargets(night);
    const finalizerRoleArn = 'arn:aws:iam::{accountID}:role/team/Finalizer';
    const waveID = waveOf(night, otherID, 'eu-central-1');
    const input = { waveID, accountID: otherID, roleArn, finalizerRoleArn, options: { commit: 'auto' } };
    const { result, steps } = await night.walk({ input });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { FINALIZED: 2 } } });
    const asFinalizer = targets.filter((target) => target.roleArn === finalizerRoleArn);
    expect(asFinalizer).toHaveLength(steps.filter(({ handler }) => handler === 'FinalizeCutover').length);
    expect(targets.every((target) => [roleArn, finalizerRoleArn].includes(target.roleArn ?? ''))).toBe(true);
  });
});

it('goes on over the end of the role’s session', async () => {
  const slow = { ...defaults, timings: { ...defaults.timings, conversionSeconds: 9_000 } };
  await inNight({ ...scenario, defaults: slow }, async (night) => {
    const waveID = waveOf(night, otherID, 'eu-central-1');
    const options = { deadlines: { launchSeconds: 20_000 } };
    const { result } = await night.walk({ input: { waveID, accountID: otherID, roleArn, options } });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 2 } } });
    expect(night.simulator.callCounts()['sts:AssumeRole']?.calls).toBeGreaterThan(2);
    expect(night.simulator.callCounts()['sts:AssumeRole']?.calls).toBeLessThan(6);
  });
});

describe('two runs at once', () => {
  it('of two accounts do not wait for each other’s quota, and each learns of its own place', async () => {
    const foreignActivity = [{ act: 'useQuota' as const, servers: 200, fromSeconds: 0, toSeconds: 3_600 }];
    await inNight({ ...scenario, foreignActivity }, async (night) => {
      const home = night.start({ name: 'home', input: { waveID: waveOf(night, homeID, 'eu-central-1') } });
      const input = { waveID: waveOf(night, otherID, 'eu-west-1'), accountID: otherID, region: 'eu-west-1', roleArn };
      const other = await night.start({ name: 'other', input }).ended;
      const otherEndedAt = night.time.now();
      const homeWalk = await home.ended;

      expect([homeWalk.result.status, other.result.status]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
      expect(otherEndedAt - night.simulator.world().startMs).toBeLessThan(3_600_000);
      const starts = night.writes.filter(({ operation }) => operation === 'StartCutover');
      expect(starts.map(({ servers }) => placeOf(servers[0]?.arn ?? ''))).toEqual([
        `${otherID}/eu-west-1`,
        `${homeID}/eu-central-1`,
      ]);
      const places = [`${otherID}/eu-west-1`, `${homeID}/eu-central-1`, `${otherID}/eu-central-1`];
      const timings = places.map((place) => night.ledger.readTimings(place));
      expect((await Promise.all(timings)).map((known) => known.map(({ runID }) => runID))).toEqual([
        ['other'],
        ['home'],
        [],
      ]);
    });
  });

  it('of one account never share a server, though one goes through the role and one through the global view', async () => {
    await inNight(scenario, async (night) => {
      const sourceServers = accountOf(night, otherID, 'eu-central-1').sourceServers;
      const waveID = waveOf(night, otherID, 'eu-central-1');
      const first = night.start({ name: 'first', input: { waveID, accountID: otherID, roleArn } });
      await night.time.sleep(30_000);
      const input = { sourceServerIDs: sourceServers.map(({ sourceServerID }) => sourceServerID), accountID: otherID };
      const second = await night.start({ name: 'second', input }).ended;

      expect((await first.ended).result.status).toBe('SUCCEEDED');
      expect(second.result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect((await night.read('second')).servers[0]?.reasons.map(({ code }) => code)).toContain('LOCKED_BY_OTHER_RUN');
    });
  });
});

describe('nothing is touched', () => {
  it.each([
    [
      'the role may not be assumed',
      { accountID: otherID, roleArn: 'arn:aws:iam::{accountID}:role/Nobody' },
      'AccessDeniedError',
      'may not assume',
    ],
    ['the account is not linked', { accountID: unlinkedID }, 'AccessDeniedError', 'explicit deny'],
    ['MGN was never set up there', { region: 'us-east-1' }, 'AccountNotInitializedError', 'Initialize MGN'],
  ])('when %s', async (_, place, error, words) => {
    await inNight(scenario, async (night) => {
      const { result } = await night.walk({ input: { waveID: waveOf(night, otherID, 'eu-central-1'), ...place } });

      expect(result).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(words) });
      expect(night.writes).toEqual([]);
    });
  });

  it('when MGN answers from another place than the input says', async () => {
    await inNight({ ...scenario, managedAccounts: [] }, async (night) => {
      const input = { waveID: waveOf(night, homeID, 'eu-central-1'), region: 'eu-west-1' };
      const { result } = await night.walk({ input });

      expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError' });
      expect(JSON.stringify(result)).toContain(
        `of account ${homeID} in eu-central-1, and the input asks for region eu-west-1`,
      );
      expect(night.writes).toEqual([]);
    });
  });
});

it('warns where launch targets cannot be checked, because EC2 has no global view', async () => {
  await inNight(scenario, async (night) => {
    const waveID = waveOf(night, otherID, 'eu-central-1');
    await night.walk({ input: { waveID, accountID: otherID } });
    const codes = (await night.read()).servers.map(({ warnings }) => warnings.map(({ code }) => code));

    expect(codes).toEqual([['LAUNCH_TARGETS_UNCHECKED'], ['LAUNCH_TARGETS_UNCHECKED']]);
    expect(night.simulator.callCounts()['ec2:DescribeSubnets']).toBeUndefined();
  });
});
