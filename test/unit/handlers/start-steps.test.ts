/** The steps that start jobs, one by one: each job once, with room for it, and on nothing that is not as it was. */
import * as v from 'valibot';
import { SourceServerIDSchema } from '../../../functions/domain/identifiers.ts';
import { OutcomeUnknownError } from '../../../functions/domain/errors.ts';
import type { Mgn } from '../../../functions/domain/ports.ts';
import type { Reservation } from '../../../functions/domain/quota-desk.ts';
import type { Ledger } from '../../../functions/ledger/ledger.ts';
import { aWave, eachOnItsOwn, inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { testJobID } from '../../support/domain-builders.ts';
import { begin, callerOf, look } from './direct.ts';

const web = [{ hostname: 'web-1', launchedInstance: 'test' as const }, { hostname: 'web-2' }];
const scenario = aWave(web);

const lockForOther = (night: Night, hostname: string) =>
  night.ledger.takeLocks(
    [night.server(hostname).arn ?? ''],
    runIDOf('other'),
    { now: night.time.now(), expiresAt: night.time.now() + 3_600_000 },
    'all',
  );

const place = '123456789012/us-east-1';
const desk = async (night: Night) => (await night.ledger.readQuotaDesk(place)).value;

async function reserveForOther(night: Night, reservation: Reservation): Promise<void> {
  const { value, version } = await night.ledger.readQuotaDesk(place);
  await night.ledger.saveQuotaDesk(place, { ...value, reservations: [reservation] }, version);
}

type Dying = <Answer>(write: () => Promise<Answer>) => Promise<Answer>;

/** The ledger's writes, each as a function that may die after it. */
const dyingIn = (ledger: Ledger, dying: Dying) => ({
  saveQuotaDesk: {
    saveQuotaDesk: (...args: Parameters<Ledger['saveQuotaDesk']>) => dying(() => ledger.saveQuotaDesk(...args)),
  },
  saveServers: {
    saveServers: (...args: Parameters<Ledger['saveServers']>) => dying(() => ledger.saveServers(...args)),
  },
  saveAttempt: {
    saveAttempt: (...args: Parameters<Ledger['saveAttempt']>) => dying(() => ledger.saveAttempt(...args)),
  },
});

describe('TerminateTestInstances', () => {
  const terminating = { state: 'RUNNING' };
  const twoTested = aWave(['web-1', 'web-2'].map((hostname) => ({ hostname, launchedInstance: 'test' as const })));

  it('starts one job for the whole priority group, and finds it again when it is repeated', async () => {
    await inNight(twoTested, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');

      expect(await call('TerminateTestInstances')).toMatchObject(terminating);
      expect(await call('TerminateTestInstances')).toMatchObject({ state: 'NONE' });
      expect(night.writes.map(({ sourceServerIDs }) => sourceServerIDs.length)).toEqual([2]);
      expect(night.account().jobs.at(-1)?.tags).toEqual({
        CutoverAttempt: 'night-1/nonce/group-5/TERMINATE_TEST_INSTANCES/1',
      });
      expect((await night.read()).of('web-1').phase).toBe('terminating test instance');
    });
  });

  it('takes as many as there is room for, and the others once that job has ended', async () => {
    const foreignActivity = [{ act: 'useQuota' as const, servers: 199, fromSeconds: 0, toSeconds: 900 }];
    await inNight({ ...twoTested, foreignActivity }, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      await call('TerminateTestInstances');
      await call('TerminateTestInstances');
      expect(night.writes.map(({ sourceServerIDs }) => sourceServerIDs.length)).toEqual([1]);
      await night.time.sleep(300_000);
      await look(call, night);

      expect(await call('TerminateTestInstances')).toMatchObject(terminating);
      expect(night.writes.map(({ sourceServerIDs }) => sourceServerIDs.length)).toEqual([1, 1]);
      expect(new Set(night.writes.flatMap(({ sourceServerIDs }) => sourceServerIDs)).size).toBe(2);
    });
  });

  it('waits for room without failing', async () => {
    const foreignActivity = [{ act: 'useQuota' as const, servers: 200, fromSeconds: 0, toSeconds: 900 }];
    await inNight({ ...twoTested, foreignActivity }, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');

      expect(await call('TerminateTestInstances')).toMatchObject({ state: 'WAIT' });
      expect(night.writes).toEqual([]);
    });
  });

  it('leaves a server alone whose lock another run has meanwhile', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      await night.ledger.releaseLocks([night.server('web-1').arn ?? ''], runIDOf('night-1'));
      await lockForOther(night, 'web-1');

      expect(await call('TerminateTestInstances')).toMatchObject({ state: 'NONE' });
      expect(night.writes).toEqual([]);
      expect((await night.read()).of('web-1')).toMatchObject({
        verdict: 'NOT_STARTED',
        reasons: [{ code: 'LOCKED_BY_OTHER_RUN' }],
      });
    });
  });

  it('leaves an instance alone that is not the test instance it was asked about', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      const record = (await night.read()).of('web-1');
      const testInstance = record.testInstance && { ...record.testInstance, ec2InstanceID: 'i-00000000000000000' };
      await night.ledger.saveServers(runIDOf('night-1'), [{ ...record, testInstance }]);

      expect(await call('TerminateTestInstances')).toMatchObject({ state: 'NONE' });
      expect(night.writes).toEqual([]);
      expect((await night.read()).of('web-1')).not.toHaveProperty('testInstance');
      expect((await night.read()).verdicts).toEqual({ 'web-1': undefined, 'web-2': undefined });
    });
  });

  it.each([
    ['has been started', { cutover: { jobID: testJobID, startedAt: 0 } }],
    ['is being brought back', { rollback: { requestedAt: 0, problems: [] } }],
    ['is not started any more', { verdict: 'NOT_STARTED' as const }],
  ])('never touches a server that %s', async (_what, fields) => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      const record = (await night.read()).of('web-1');
      await night.ledger.saveServers(runIDOf('night-1'), [{ ...record, ...fields }]);

      expect(await call('TerminateTestInstances')).toMatchObject({ state: 'NONE' });
      expect(night.writes).toEqual([]);
    });
  });
});

describe('StartCutover', () => {
  it('does not start what an interrupted rollback was asked to bring back', async () => {
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness', eachOnItsOwn);
      const record = (await night.read()).of('web-1');
      const rollback = { requestedAt: night.time.now(), problems: [] };
      await night.ledger.saveServers(runIDOf('night-1'), [{ ...record, rollback }]);

      expect(await call('StartCutover')).toEqual({ state: 'NONE', delaySeconds: 1 });
      expect(night.writes.map(({ sourceServerIDs }) => sourceServerIDs)).toEqual([[night.idOf('web-2')]]);
    });
  });

  it('waits for the test instances of the whole priority group', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      expect(await call('StartCutover')).toMatchObject({ state: 'NONE' });
      await call('TerminateTestInstances');
      expect(await call('StartCutover')).toMatchObject({ state: 'NONE' });
      await night.time.sleep(300_000);
      await look(call, night);
      await call('StartCutover');

      expect(night.writes.map(({ operation, sourceServerIDs }) => [operation, sourceServerIDs.length])).toEqual([
        ['TerminateTargetInstances', 1],
        ['StartCutover', 2],
      ]);
    });
  });

  it('tags its job with the attempt and starts no other when it is repeated', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await call('StartCutover');
      const job = night.account().jobs.at(-1);

      expect(job?.tags).toEqual({ CutoverAttempt: 'night-1/nonce/batch-001/START_CUTOVER/1' });
      expect((await night.read()).of('web-1')).toMatchObject({
        batchID: 'batch-001',
        cutover: { jobID: job?.jobID },
        phase: 'starting',
      });
      expect(night.writes).toHaveLength(1);
    });
  });

  it('asks to be called again while there is more to start', async () => {
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness', { batchServersMax: 1, callsPerSecondMax: 0.5 });

      expect(await call('StartCutover')).toEqual({ state: 'MORE', delaySeconds: 2 });
      expect(await call('StartCutover')).toEqual({ state: 'NONE', delaySeconds: 2 });
      expect((await night.read()).servers.map(({ batchID }) => batchID).sort()).toEqual(['batch-001', 'batch-002']);
    });
  });

  it('looks at the clock before it calls a lost call unmade', async () => {
    const faults = [{ fault: 'reset' as const, operation: 'StartCutover' as const, firstCalls: 1 }];
    await inNight(aWave([{ hostname: 'web-1' }], { faults }), async (night) => {
      const call = callerOf(night);
      await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await night.time.sleep(58_000);
      await expect(call('StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await night.time.sleep(2_000);

      expect(await call('StartCutover')).toMatchObject({ state: 'NONE' });
      expect(night.server('web-1').attempts.cutover).toBe(1);
      expect((await night.read()).attempts).toMatchObject([{ batchID: 'batch-001', state: 'STARTED', tryNumber: 1 }]);
    });
  });

  it('starts nothing that the failure policy has left out while an answer was lost', async () => {
    const faults = [{ fault: 'reset' as const, operation: 'StartCutover' as const, nthCalls: [2] }];
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }], { faults }), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { batchServersMax: 1 });
      await expect(call('StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      const started = (await night.read()).servers.filter(({ cutover }) => cutover !== undefined);
      const reasons = [{ code: 'NOT_BOOTED', fact: 'it did not boot', source: 'test' }];
      await night.ledger.saveServers(
        runIDOf('night-1'),
        started.map((record) => ({ ...record, launch: 'FAILED' as const, reasons })),
      );
      await night.time.sleep(61_000);

      expect(await call('StartCutover')).toMatchObject({ state: 'NONE' });
      expect(night.account().jobs.filter(({ initiatedBy }) => initiatedBy === 'START_CUTOVER')).toHaveLength(1);
      const [left] = (await night.read()).servers.filter(({ cutover }) => cutover === undefined);
      expect(left).toMatchObject({ verdict: 'NOT_STARTED', reasons: [{ code: 'APPLICATION_FAILED' }] });
    });
  });

  it('waits for room in the quota instead of calling, and keeps its place in the queue', async () => {
    const foreignActivity = [{ act: 'useQuota' as const, servers: 200, fromSeconds: 0, toSeconds: 600 }];
    await inNight(aWave([{ hostname: 'web-1' }], { foreignActivity }), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');

      expect(await call('StartCutover')).toMatchObject({ state: 'WAIT' });
      expect(night.writes).toEqual([]);
      expect((await desk(night)).tickets).toMatchObject([{ runID: 'night-1', wants: 1 }]);
      await night.time.sleep(601_000);
      expect(await call('StartCutover')).toMatchObject({ state: 'NONE' });
      expect(await desk(night)).toMatchObject({
        tickets: [],
        reservations: [{ batchID: 'batch-001', serverCount: 1 }],
      });
    });
  });

  it('puts a batch back that MGN had no room for after all, and cuts the next one anew', async () => {
    const refusal = 'ServiceQuotaExceededException' as const;
    const faults = [
      { fault: 'refuse' as const, operation: 'StartCutover' as const, exception: refusal, firstCalls: 1 },
    ];
    await inNight(aWave([{ hostname: 'web-1' }], { faults }), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');

      expect(await call('StartCutover')).toMatchObject({ state: 'WAIT' });
      expect((await night.read()).of('web-1')).not.toHaveProperty('batchID');
      expect((await desk(night)).reservations).toEqual([]);
      expect(await call('StartCutover')).toMatchObject({ state: 'NONE' });
      expect((await night.read()).of('web-1')).toMatchObject({ phase: 'starting', batchID: 'batch-002' });
      expect(night.server('web-1').attempts.cutover).toBe(1);
    });
  });

  it('keeps a batch together whose lost start may still turn up, even while there is no room for it', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const mgn = night.deps.mgn({});
      const before = await mgn.describeSourceServers({
        sourceServerIDs: [v.parse(SourceServerIDSchema, night.idOf('web-1'))],
        isArchived: false,
      });
      let isStale = false;
      const late: Mgn = {
        ...mgn,
        describeJobsSince: async (fromMs) => (isStale ? [] : mgn.describeJobsSince(fromMs)),
        describeSourceServers: async (selection) => (isStale ? before : mgn.describeSourceServers(selection)),
        startCutover: async (...start) => {
          await mgn.startCutover(...start);
          isStale = true;
          throw new OutcomeUnknownError('the answer was lost');
        },
      };
      const call = callerOf({ ...night, deps: { ...night.deps, mgn: () => late } });
      await begin(call, night, 'AssessReadiness', { settleSeconds: 1 });
      await expect(call('StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await night.time.sleep(5_000);
      const reservedAt = night.time.now();
      await reserveForOther(night, { runID: runIDOf('other'), batchID: 'batch-001', serverCount: 200, reservedAt });

      expect(await call('StartCutover')).toMatchObject({ state: 'WAIT' });
      isStale = false;
      await night.time.sleep(11 * 60_000); // by when the other run's reservation has expired
      await call('StartCutover');

      const [job] = night.account().jobs.filter(({ initiatedBy }) => initiatedBy === 'START_CUTOVER');
      expect((await night.read()).of('web-1')).toMatchObject({ phase: 'starting', cutover: { jobID: job?.jobID } });
      expect(night.server('web-1').attempts.cutover).toBe(1);
    });
  });

  it('leaves alone the room that another run has reserved', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      const reservation = {
        runID: runIDOf('other'),
        batchID: 'batch-001',
        serverCount: 200,
        reservedAt: night.time.now(),
      };
      await reserveForOther(night, reservation);

      expect(await call('StartCutover')).toMatchObject({ state: 'WAIT' });
      expect(night.writes).toEqual([]);
    });
  });

  it.each(['saveQuotaDesk', 'saveServers', 'saveAttempt'] as const)(
    'starts one job even if it dies after any of its writes to the ledger (%s)',
    async (method) => {
      for (let deaths = 1; deaths <= 3; deaths += 1) {
        await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]), async (night) => {
          await begin(callerOf(night), night, 'AssessReadiness');
          let written = 0;
          const dying = async <Answer>(write: () => Promise<Answer>) => {
            const answer = await write();
            written += 1;
            if (written === deaths) throw new Error('the function died');
            return answer;
          };
          const dyingLedger: Ledger = { ...night.ledger, ...dyingIn(night.ledger, dying)[method] };
          const dyingCall = callerOf({ ...night, deps: { ...night.deps, ledger: dyingLedger } });
          await dyingCall('StartCutover').catch(() => undefined);
          const call = callerOf(night);
          await night.time.sleep(61_000);
          await call('StartCutover');
          await look(call, night);

          const jobs = night.account().jobs.filter(({ initiatedBy }) => initiatedBy === 'START_CUTOVER');
          expect(jobs.map(({ participatingServers }) => participatingServers?.length)).toEqual([2]);
          for (const { cutover } of (await night.read()).servers) expect(cutover?.jobID).toBe(jobs[0]?.jobID);
        });
      }
    },
  );
});
