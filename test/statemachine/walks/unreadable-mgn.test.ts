/** MGN that cannot be read any more: every server still ends in a known state that is reported, or the run waits it out. */
import { inNight, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { eventfulNight, eventfulVerdicts, walkEventfulNight } from '../../support/eventful-night.ts';

const reads = ['DescribeJobs', 'DescribeSourceServers', 'DescribeJobLogItems'] as const;
const moments = [0, 100, 250, 330, 420, 600];
const cases = reads.flatMap((operation) => moments.map((atSeconds) => [operation, atSeconds] as const));

/** What is said of a server must not be better than the world allows, however little could be read. */
async function expectReported(night: Night): Promise<void> {
  const left = await night.read();

  expect(await breachesOf(night)).toEqual([]);
  for (const record of left.servers) {
    expect([record.hostname, record.verdict]).not.toEqual([record.hostname, undefined]);
    if (record.verdict === 'VERIFIED') expect(record.warnings.map(({ code }) => code)).not.toEqual([]);
  }
}

describe.each(cases)('%s that is throttled from second %i on, for good', (operation, fromSeconds) => {
  it('ends with every server reported', async () => {
    const scenario = { ...eventfulNight, faults: [{ fault: 'throttle' as const, operation, fromSeconds }] };
    await inNight(scenario, async (night) => {
      const { result } = await walkEventfulNight(night);

      // At second 0 the servers of the wave cannot even be found out.
      if (result.status === 'FAILED' && result.error === 'TransientServiceError') {
        expect([operation, fromSeconds]).toEqual(['DescribeSourceServers', 0]);
        expect(night.writes).toEqual([]);
        return;
      }
      await expectReported(night);
    });
  });
});

describe.each(cases)('%s that fails from second %i on for twenty minutes', (operation, fromSeconds) => {
  it('changes no verdict', async () => {
    const fault = { fault: 'serverError' as const, operation, fromSeconds, toSeconds: fromSeconds + 1_200 };
    await inNight({ ...eventfulNight, faults: [fault] }, async (night) => {
      const { result } = await walkEventfulNight(night);
      if (result.status === 'FAILED' && result.error === 'TransientServiceError') {
        expect(night.writes).toEqual([]);
        return;
      }
      const { verdicts } = await night.read();

      // Before the start nothing is waited for so long.
      if (operation !== 'DescribeSourceServers' && fromSeconds === 0)
        expect(Object.values(verdicts)).not.toContain('VERIFIED');
      else expect(verdicts).toEqual(eventfulVerdicts);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it.each([100, 250, 420])(
  'credentials that expire at second %i end with a report of every server',
  async (fromSeconds) => {
    const fault = {
      fault: 'refuse' as const,
      operation: '*' as const,
      exception: 'AccessDeniedException' as const,
      fromSeconds,
    };
    await inNight({ ...eventfulNight, faults: [fault] }, async (night) => {
      const { result } = await walkEventfulNight(night);
      const left = await night.read();

      // At second 100 only the test instances are being terminated, and nothing was cut over yet.
      expect(result).toMatchObject({ error: fromSeconds === 100 ? 'WavePartlyCutOver' : 'PersonNeeded' });
      await expectReported(night);
      expect(left.failures.map(({ error }) => error)).toContain('AccessDeniedError');

      night.simulator.faults().clear();
      await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' } });

      for (const verdict of Object.values((await night.read()).verdicts)) {
        expect(['ROLLED_BACK', 'NOT_STARTED']).toContain(verdict);
      }
      expect(await breachesOf(night)).toEqual([]);
    });
  },
);
