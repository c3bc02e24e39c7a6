/** What people hear of whole nights: the state machines and the simulator on virtual time, a look every minute. */
import type { Message } from '../../../functions/watch/message.ts';
import { createHandler } from '../../../functions/watch/watch-runs.ts';
import { aWave, inNight, type Night } from '../../support/a-run.ts';
import { atGate, commit, hourMs, minuteMs, say } from '../../support/gate-walks.ts';
import { aContext, stackPlace } from './watch-builders.ts';

jest.setTimeout(60_000);

const scenario = aWave([
  { hostname: 'good' },
  { hostname: 'failed', cutover: 'launchFailed' },
  { hostname: 'unbootable', cutover: 'unbootable' },
]);

/** Spends the night while somebody looks every minute; what was told, in order. */
async function toldIn(night: Night, spend: () => Promise<unknown>): Promise<string[]> {
  const told: Message[] = [];
  const channel = { name: 'TOPIC', tell: (message: Message) => Promise.resolve(void told.push(message)) } as const;
  const watch = createHandler({ ...night.deps, emitMetrics: () => undefined, channels: [channel], stack: stackPlace });
  const over = new AbortController();
  const looking = (async () => {
    while (!over.signal.aborted) {
      await watch({ source: 'aws.events' }, aContext());
      await night.time.sleep(minuteMs);
    }
  })();
  await spend();
  over.abort();
  await looking;
  return told.map(({ document: { kind, severity, counts } }) => `${kind} ${severity} ${String(counts?.concerned)}`);
}

it('is each thing once: what is waited for, what failed, what is nearly too late, what is brought back', () =>
  inNight(scenario, async (night) => {
    const told = await toldIn(night, async () => {
      const options = {
        start: 'approve',
        commit: 'approve',
        onCommitTimeout: 'rollback',
        commitBy: '2026-03-08T06:00Z',
      };
      const wave = await atGate(night, options);
      await night.time.sleep(10 * minuteMs);
      await say(night, 'approve');
      await wave.ended;
    });

    expect(told).toEqual([
      'GATE_OPENED ACT 3',
      'FAILURE ACT 1',
      'FAILURE ACT 1',
      'GATE_OPENED ACT 1',
      'GATE_DUE ACT 1',
      'GATE_DUE URGENT 1',
      'ROLLBACK_BEGAN ACT 1',
    ]);
  }));

it('is nothing but the gate where all goes well and somebody commits', () =>
  inNight(aWave([{ hostname: 'one' }, { hostname: 'two' }]), async (night) => {
    const told = await toldIn(night, async () => {
      const wave = await atGate(night, { commit: 'approve' });
      await night.time.sleep(2 * hourMs);
      await commit(night);
      await wave.ended;
    });

    expect(told).toEqual(['GATE_OPENED ACT 2']);
  }));
