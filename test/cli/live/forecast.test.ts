import {
  anchorOf,
  doneShare,
  endOf,
  horizonEnd,
  horizonOf,
  outlookOf,
  rollbackSecondsOf,
  overdueMs,
  startOffsets,
  type QueueForecast,
} from '../../../cli/live/forecast.ts';
import { aServer, minute, startedAt, startMs } from './a-screen.ts';

const expected = { launchSeconds: 1_200, actionsSeconds: 600, rollbackSeconds: 900 };
const nobody: QueueForecast = { offsetsMs: new Map(), anchorAt: undefined, notBeforeAt: 0 };
const launching = aServer(1, 'conversion', { expectedLaunchSeconds: 1_200, cutover: startedAt(startMs) });

const known = (record: Parameters<typeof outlookOf>[0], queue = nobody) => {
  const outlook = outlookOf(record, expected, queue);
  if (outlook === undefined) throw new TypeError('nothing is ahead of it');
  return outlook;
};

describe('the forecast of a source server', () => {
  it('is its launch and its actions from when it was started', () => {
    expect(endOf(known(launching), startMs)).toBe(startMs + 30 * minute);
  });

  it('moves on when the launch is late, and says by how much', () => {
    const now = startMs + 28 * minute;
    expect(endOf(known(launching), now)).toBe(now + 10 * minute);
    expect(overdueMs(known(launching), now)).toBe(8 * minute);
    expect(overdueMs(known(launching), startMs + 19 * minute)).toBe(0);
  });

  it('takes the launch as it was once that is over', () => {
    const cutover = startedAt(startMs, { launchedAt: startMs + 5 * minute });
    expect(endOf(known(aServer(1, 'actions', { cutover })), startMs)).toBe(startMs + 15 * minute);
  });

  it('of a way back counts from when it was asked for', () => {
    const rollback = { requestedAt: startMs, problems: [] };
    expect(endOf(known(aServer(1, 'rolling back', { rollback })), startMs)).toBe(startMs + 15 * minute);
  });

  it('of a few on the way back is shorter than that of a whole large wave', () => {
    const planned = { ...expected, rollbackSeconds: 6_000 };
    expect([9, 200, 201, 1_000].map((count) => rollbackSecondsOf(planned, count, 1_000))).toEqual([
      1_200, 1_200, 2_400, 6_000,
    ]);
    expect(rollbackSecondsOf(undefined, 300, 1_000)).toBe(2_400);
  });

  it.each(['verified', 'finalized', 'rolled back', 'blocked', 'not started', 'needs a person'] as const)(
    'is over once it is %s',
    (phase) => {
      expect(outlookOf(aServer(1, phase), expected, nobody)).toBeUndefined();
    },
  );

  it('grows from nothing to nearly all, and is never all before the end', () => {
    const shares = [0, 15, 29, 60].map((after) => doneShare(known(launching), startMs + after * minute));
    expect(shares[0]).toBe(0);
    expect(shares[1]).toBeCloseTo(0.5);
    expect(shares[3]).toBeLessThan(1);
  });
});

describe('the forecast of the queue', () => {
  const many = Array.from({ length: 300 }, (_, index) => aServer(index + 1, 'ready', { expectedLaunchSeconds: 1_200 }));
  const offsetsMs = startOffsets(many, { batchServersMax: 200 }, expected);

  it('starts as many as MGN takes at once, and the rest when those are launched', () => {
    const offsets = [...offsetsMs.values()];
    expect(offsets.filter((offset) => offset === 0)).toHaveLength(200);
    expect(offsets.filter((offset) => offset === 20 * minute)).toHaveLength(100);
  });

  it('counts from now on before the first start, and not before the window opens', () => {
    const [last = ''] = [...offsetsMs].filter(([, offset]) => offset > 0).map(([id]) => id);
    const waiting = many.find(({ sourceServerID }) => sourceServerID === last) ?? launching;
    const outlook = known(waiting, { offsetsMs, anchorAt: undefined, notBeforeAt: startMs });
    expect(endOf(outlook, startMs - 60 * minute)).toBe(startMs + 50 * minute);
    expect(endOf(outlook, startMs + 5 * minute)).toBe(startMs + 55 * minute);
    expect(overdueMs(outlook, startMs + 5 * minute)).toBe(0);
  });

  it('counts from the latest start once there is one, so that a delay is handed on', () => {
    const delayed = many.map((record) =>
      offsetsMs.get(record.sourceServerID) === 0 ? { ...record, cutover: startedAt(startMs + 7 * minute) } : record,
    );
    expect(anchorOf(delayed, offsetsMs)).toBe(startMs + 7 * minute);
    const later = delayed.map((record) =>
      record.cutover === undefined ? { ...record, cutover: startedAt(startMs + 33 * minute) } : record,
    );
    expect(anchorOf(later, offsetsMs)).toBe(startMs + 13 * minute);
  });
});

describe('the forecast of many', () => {
  it('ends with the last of them, and moves with those that are late', () => {
    const late = known(aServer(2, 'launch', { expectedLaunchSeconds: 60, cutover: startedAt(startMs) }));
    const horizon = horizonOf([known(launching), undefined, late]);
    if (horizon === undefined) throw new TypeError('something is ahead');
    for (const after of [0, 10, 25, 45]) {
      const now = startMs + after * minute;
      expect(horizonEnd(horizon, now)).toBe(Math.max(endOf(known(launching), now), endOf(late, now)));
    }
    expect(horizonOf([undefined])).toBeUndefined();
  });
});
