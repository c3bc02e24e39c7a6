/** The steps at a gate one by one: who may answer, who holds the run meanwhile, and what nobody ever writes over. */
import { createHandler as answerGate } from '../../../functions/handlers/answer-gate.ts';
import { createHandler as keepCommitGate } from '../../../functions/handlers/keep-commit-gate.ts';
import { createHandler as openGate } from '../../../functions/handlers/open-gate.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import { claimRun, holdMs } from '../../../functions/shared/open-run.ts';
import type { StepDeps, StepFactory } from '../../../functions/shared/step.ts';
import { LambdaContext } from '../../../local/lambda-context.ts';
import { aWave, inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { aRunRecord, aServerRecord, cutoverJobID, waveID } from '../../support/domain-builders.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const night1 = runIDOf('night-1');
const wave = 'the wave';
const person = 'a person’s commit';

const call = (factory: StepFactory, deps: StepDeps, event: object): Promise<unknown> => {
  const context = new LambdaContext({
    functionName: 'step',
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:step',
    key: 'step',
    deadlineMs: deps.clock.now() + 60_000,
  });
  return factory(deps)({ runID: 'night-1', executionID: wave, ...event }, context);
};
const keep = (night: Night, deps = night.deps) => call(keepCommitGate, deps, {});
const open = (night: Night, gate: 'START' | 'COMMIT' = 'COMMIT', taskToken = 'token-1') =>
  call(openGate, night.deps, { gate, taskToken });
const answer = (night: Night, input: object, executionID = person) =>
  call(answerGate, night.deps, { executionID, input });

async function stored(night: Night) {
  const found = await night.ledger.readRun(night1);
  if (found === undefined) throw new Error('no run');
  return found;
}
const runOf = async (night: Night) => (await stored(night)).value;
const change = async (night: Night, fields: Partial<RunRecord>) => {
  const { value, version } = await stored(night);
  await night.ledger.saveRun({ ...value, ...fields }, version);
};
const codesOf = async (night: Night, hostname: string) =>
  (await night.read()).of(hostname).warnings.map(({ code }) => code);

const end = { endedAt: 1, outcome: 'FINALIZED', summary: '1 source server: 1 finalized' } as const;

/** A wave of one source server that was verified two hours after the night began; its run is the wave's own. */
async function atTheGate(options: object, spend: (night: Night) => Promise<void>, server: object = {}): Promise<void> {
  await inNight(aWave([{ hostname: 'web-1', ...server }]), async (night) => {
    const { sourceServerID, arn } = await toRecord(night);
    await night.time.sleep(2 * hourMs);
    const now = night.time.now();
    const created = await night.ledger.createRun(
      aRunRecord({ input: parseRunInput({ waveID: waveID(1), options }), createdAt: now - 2 * hourMs }),
    );
    const holder = { executionID: wave, heldUntil: now + holdMs };
    await night.ledger.saveRun({ ...created.value, holder }, created.version);
    const record = aServerRecord({
      sourceServerID,
      arn,
      phase: 'verified',
      verdict: 'VERIFIED',
      cutover: { jobID: cutoverJobID, startedAt: now - 2 * hourMs },
    });
    await night.ledger.saveServers(night1, [record]);
    await spend(night);
  });
}

async function toRecord(night: Night) {
  const sourceServerIDs = night.account().sourceServers.map(({ sourceServerID }) => sourceServerID);
  const parsed = parseRunInput({ sourceServerIDs }).sourceServerIDs ?? [];
  const [server] = await night.deps.mgn({}).describeSourceServers({ sourceServerIDs: parsed, isArchived: false });
  if (server === undefined) throw new Error('no server');
  return server;
}

const approving = { commit: 'approve' };

describe('KeepCommitGate', () => {
  it.each([
    ['never', 'RECORD'],
    ['auto', 'FINALIZE'],
  ])('of commit %s asks nobody: %s', async (commit, state) => {
    await atTheGate({ commit }, async (night) => {
      expect(await keep(night)).toEqual({ state });
    });
  });

  it('of commit auto has nothing to finalize where nothing is verified', async () => {
    await atTheGate({ commit: 'auto' }, async (night) => {
      const { servers } = await night.read();
      await night.ledger.saveServers(
        night1,
        servers.map((record) => ({ ...record, verdict: 'ROLLED_BACK' as const })),
      );

      expect(await keep(night)).toEqual({ state: 'RECORD' });
    });
  });

  it.each(['never', 'auto'])('of commit %s is refused where another execution works on the run', async (commit) => {
    await atTheGate({ commit }, async (night) => {
      await change(night, { holder: { executionID: person, heldUntil: night.time.now() + 1 } });

      await expect(keep(night)).rejects.toMatchObject({ name: 'RunHeldError' });
    });
  });

  it('waits for a person, and says when it looks next', async () => {
    await atTheGate(approving, async (night) => {
      expect(await keep(night)).toEqual({ state: 'AWAIT', delaySeconds: night.deps.gateLookSeconds });
    });
  });

  it('gives the outcome of the commit or rollback that has ended the run, whoever the holder is', async () => {
    await atTheGate(approving, async (night) => {
      await change(night, { end, holder: { executionID: person, heldUntil: night.time.now() } });

      const { outcome, summary } = end;
      expect(await keep(night)).toEqual({ state: 'ENDED', outcome: { outcome, summary } });
    });
  });

  it.each([
    ['hold', 'RECORD'],
    ['rollback', 'ROLL_BACK'],
  ])('holds the run again when nobody came in time (%s: %s)', async (onCommitTimeout, state) => {
    await atTheGate({ ...approving, onCommitTimeout }, async (night) => {
      await keep(night);
      await open(night);
      await night.time.sleep(7 * dayMs);
      const answered = await keep(night);
      const { holder, gates } = await runOf(night);

      expect(answered).toEqual({ state });
      expect(holder).toEqual({ executionID: wave, heldUntil: night.time.now() + holdMs });
      expect(gates?.[0]).toMatchObject({ closedAt: night.time.now() });
      expect(gates?.[0]?.taskToken).toBeUndefined();
      await expect(claimRun(night.deps, { runID: night1, executionID: person })).rejects.toThrow('held by');
    });
  });

  it('says on a server that was left for want of a commit that both ways are open', async () => {
    await atTheGate(approving, async (night) => {
      await keep(night);
      await open(night);
      await night.time.sleep(7 * dayMs);
      await keep(night);
      await keep(night);

      expect((await night.read()).of('web-1').warnings).toEqual([
        {
          code: 'COMMIT_TIMED_OUT',
          fact: 'nobody committed by 2026-03-15 00:00 UTC, and the server was left as it was verified',
          source: 'options.onCommitTimeout',
          remedy: 'Commit it or bring it back; both are still possible.',
        },
      ]);
    });
  });

  it('leaves a commit alone that is under way when the time has come, and takes over when it was given up', async () => {
    await atTheGate({ ...approving, onCommitTimeout: 'rollback' }, async (night) => {
      await keep(night);
      await open(night);
      await night.time.sleep(7 * dayMs - 60_000);
      const claimed = await claimRun(night.deps, { runID: night1, executionID: person });
      await night.time.sleep(120_000);

      expect(await keep(night)).toMatchObject({ state: 'AWAIT' });
      expect((await stored(night)).version).toBe(claimed.version);
      await night.time.sleep(holdMs);
      expect(await keep(night)).toEqual({ state: 'ROLL_BACK' });
    });
  });

  it('lets whoever was faster have the run', async () => {
    await atTheGate({ ...approving, onCommitTimeout: 'rollback' }, async (night) => {
      await keep(night);
      await open(night);
      await night.time.sleep(7 * dayMs);
      const { ledger } = night;
      const readServers: typeof ledger.readServers = async (runID) => {
        await claimRun(night.deps, { runID, executionID: person });
        return ledger.readServers(runID);
      };

      await expect(keep(night, { ...night.deps, ledger: { ...ledger, readServers } })).rejects.toMatchObject({
        name: 'LedgerConflictError',
      });
      expect((await runOf(night)).holder?.executionID).toBe(person);
      expect(await keep(night)).toMatchObject({ state: 'AWAIT' });
    });
  });
});

describe('a look while the run waits', () => {
  const growing = {
    replication: {},
    changes: [
      { atSeconds: 7_300, state: 'BACKLOG', backloggedBytes: 1_000_000 },
      { atSeconds: 8_300, backloggedBytes: 2_000_000 },
      { atSeconds: 9_300, state: 'CONTINUOUS' },
    ],
  };

  it('warns of a source that is still written to, and says so once it is over', async () => {
    await atTheGate(
      approving,
      async (night) => {
        await night.time.sleep(200_000);
        await keep(night);
        expect(await codesOf(night, 'web-1')).toEqual([]);
        await night.time.sleep(1_000_000);
        await keep(night);
        expect(await codesOf(night, 'web-1')).toEqual(['SOURCE_STILL_WRITTEN']);
        await night.time.sleep(1_000_000);
        await keep(night);
        expect(await codesOf(night, 'web-1')).toEqual(['SOURCE_WAS_WRITTEN']);
      },
      growing,
    );
  });

  it('never writes over what a commit has done meanwhile', async () => {
    await atTheGate(
      approving,
      async (night) => {
        await open(night);
        await night.time.sleep(200_000);
        await keep(night);
        await night.time.sleep(1_000_000);
        const mgn: StepDeps['mgn'] = (target) => {
          const real = night.deps.mgn(target);
          return {
            ...real,
            describeSourceServers: async (selection) => {
              const servers = await real.describeSourceServers(selection);
              await claimRun(night.deps, { runID: night1, executionID: person });
              const { servers: records } = await night.read();
              await night.ledger.saveServers(
                night1,
                records.map((record) => ({ ...record, verdict: 'FINALIZED' as const })),
              );
              return servers;
            },
          };
        };

        await expect(keep(night, { ...night.deps, mgn })).rejects.toMatchObject({ name: 'LedgerConflictError' });
        expect((await night.read()).verdicts).toEqual({ 'web-1': 'FINALIZED' });
      },
      growing,
    );
  });

  it('that cannot read MGN waits all the same', async () => {
    await atTheGate(approving, async (night) => {
      night.simulator.faults().add({ fault: 'throttle', operation: 'DescribeSourceServers' });

      expect(await keep(night)).toMatchObject({ state: 'AWAIT' });
    });
  });

  it('writes nothing where nothing is new', async () => {
    await atTheGate(approving, async (night) => {
      await open(night);
      await keep(night);
      const { version } = await stored(night);
      await keep(night);

      expect((await stored(night)).version).toBe(version);
    });
  });
});

describe('OpenGate', () => {
  it('writes the gate down and gives the run up, so that a commit may claim it', async () => {
    await atTheGate(approving, async (night) => {
      const now = night.time.now();

      expect(await open(night)).toEqual({ gate: 'COMMIT' });
      expect((await runOf(night)).gates).toEqual([
        { gate: 'COMMIT', openedAt: now, closesAt: now + 7 * dayMs, taskToken: 'token-1' },
      ]);
      await expect(claimRun(night.deps, { runID: night1, executionID: person })).resolves.toBeDefined();
    });
  });

  it('that is repeated changes nothing more', async () => {
    await atTheGate(approving, async (night) => {
      await open(night);
      const before = await runOf(night);
      await open(night);

      expect(await runOf(night)).toEqual(before);
    });
  });

  it('leaves the hold of whoever is at work alone, and has them call the new look back', async () => {
    await atTheGate(approving, async (night) => {
      await open(night);
      const claimed = await claimRun(night.deps, { runID: night1, executionID: person });
      await open(night, 'COMMIT', 'token-2');
      const { holder, gates } = await runOf(night);

      expect(holder).toEqual(claimed.run.holder);
      expect(gates?.map(({ taskToken }) => taskToken)).toEqual(['token-2']);
    });
  });

  it('says at once that nobody will call back any more', async () => {
    await atTheGate(approving, async (night) => {
      await open(night);
      await change(night, { end });

      await expect(open(night, 'COMMIT', 'token-2')).rejects.toMatchObject({ name: 'GateOverError' });
      expect((await runOf(night)).gates?.[0]?.taskToken).toBe('token-1');
    });
  });

  it('that comes late does not give up the run under the wave that has gone on', async () => {
    await atTheGate({ ...approving, onCommitTimeout: 'rollback' }, async (night) => {
      await keep(night);
      await open(night);
      await night.time.sleep(7 * dayMs);
      await keep(night);

      await expect(open(night)).rejects.toMatchObject({ name: 'GateOverError' });
      expect((await runOf(night)).holder?.heldUntil).toBe(night.time.now() + holdMs);
    });
  });
});

describe('AnswerGate', () => {
  const approve = { runID: 'night-1', approve: 'start' };
  const refuse = { runID: 'night-1', refuse: 'start' };
  const starting = { start: 'approve' };

  it.each([
    [approve, 'APPROVED', true],
    [refuse, 'REFUSED', false],
  ])('writes down who said what, and whom to call: %j', async (input, word, approved) => {
    await atTheGate(starting, async (night) => {
      await open(night, 'START');
      const now = night.time.now();

      expect(await answer(night, input)).toEqual({ runID: 'night-1', answer: word, taskToken: 'token-1' });
      expect((await runOf(night)).gates?.[0]?.answer).toEqual({ approved, at: now, by: person });
    });
  });

  it('takes the first word: the same again is fine, the contrary is refused', async () => {
    await atTheGate(starting, async (night) => {
      await open(night, 'START');
      await answer(night, approve);
      const before = await runOf(night);

      expect(await answer(night, approve, 'another')).toMatchObject({ answer: 'APPROVED' });
      await expect(answer(night, refuse, 'another')).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringContaining('its start was approved at 2026-03-08 00:00 UTC by a person’s commit'),
      });
      expect(await runOf(night)).toEqual(before);
    });
  });

  it.each<[string, (night: Night) => Promise<unknown>, string]>([
    ['that never came to the gate', () => Promise.resolve(), 'does not wait for anybody to approve'],
    ['that waited until now', (night) => open(night, 'START').then(() => night.time.sleep(dayMs)), 'it waited until'],
    ['that has ended', (night) => open(night, 'START').then(() => change(night, { end })), 'it has ended (1 source'],
  ])('is refused by a run %s', async (_what, prepare, message) => {
    await atTheGate(starting, async (night) => {
      await prepare(night);

      await expect(answer(night, approve)).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringContaining(message),
      });
      expect((await runOf(night)).gates?.[0]?.answer).toBeUndefined();
    });
  });

  it.each([
    { runID: 'night-1' },
    { runID: 'night-1', approve: 'start', refuse: 'start' },
    { runID: 'night-1', approve: 'commit' },
    { runID: 'night-1', approve: 'start', sourceServerIDs: ['s-1'] },
    { approve: 'start' },
  ])('refuses %j', async (input) => {
    await atTheGate(starting, async (night) => {
      await open(night, 'START');

      await expect(answer(night, input)).rejects.toMatchObject({ name: 'InvalidInputError' });
    });
  });

  it('of a run that nobody knows is refused', async () => {
    await atTheGate(starting, async (night) => {
      await expect(answer(night, { ...approve, runID: 'night-2' })).rejects.toMatchObject({
        name: 'RunNotFoundError',
      });
    });
  });
});
