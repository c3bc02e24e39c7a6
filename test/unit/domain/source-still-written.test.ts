/** A source that still works after its cutover is told of; one that is off, or only left on, is not. */
import { watchSource } from '../../../functions/domain/source-still-written.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import { aCutOverServer, aServerRecord, cutoverJobID, nowMs } from '../../support/domain-builders.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const GiB = 1_024 ** 3;

const verified = aServerRecord({
  phase: 'verified',
  verdict: 'VERIFIED',
  cutover: { jobID: cutoverJobID, startedAt: nowMs - 2 * hourMs },
});
const codesOf = ({ warnings }: ServerRecord) => warnings.map(({ code }) => code);

/** The record after looks at its source a quarter of an hour apart, the last of them now. */
const afterLooks = (looks: readonly Partial<SourceServer>[], record = verified) =>
  looks.reduce((watched, fields, index) => {
    const now = nowMs - (looks.length - 1 - index) * 15 * minuteMs;
    return watchSource(watched, aCutOverServer({ lastSeenAt: now - minuteMs, ...fields }), now);
  }, record);

it('warns once more waits to be replicated than at the look before', () => {
  const record = afterLooks([{ backloggedBytes: GiB }, { backloggedBytes: 3.25 * GiB }]);

  expect(codesOf(record)).toEqual(['SOURCE_STILL_WRITTEN']);
  expect(record.warnings[0]?.fact).toMatch(/3\.3 GiB wait to be replicated$/);
  const [warning] = afterLooks([{ backloggedBytes: 1 }, { backloggedBytes: 1_000 }]).warnings;
  expect(warning?.fact).toContain('1000 bytes wait');
  const [huge] = afterLooks([{ backloggedBytes: 1 }, { backloggedBytes: 2_048 * 1_024 ** 4 }]).warnings;
  expect(huge?.fact).toContain('2048.0 TiB wait');
});

it('warns of a lag that grows although replication goes on', () => {
  const record = afterLooks([{ lagMs: 5 * minuteMs }, { lagMs: 12 * minuteMs }]);

  expect(codesOf(record)).toEqual(['SOURCE_STILL_WRITTEN']);
  expect(record.warnings[0]?.fact).toContain('a lag of 12 min');
});

it.each<[string, readonly Partial<SourceServer>[]]>([
  ['an agent that is left on, with nothing to replicate', [{}, {}, {}]],
  ['a single look with a backlog', [{ backloggedBytes: GiB }]],
  ['a backlog that comes and goes', [{ backloggedBytes: 5_000 }, {}, { backloggedBytes: 9_000 }]],
  ['a backlog that is worked off', [{ backloggedBytes: 2 * GiB }, { backloggedBytes: GiB }]],
  ['a few seconds of lag', [{ lagMs: 1_000 }, { lagMs: 40_000 }]],
  [
    'a source that is off, whose replication is STALLED',
    [
      { lastSeenAt: nowMs - 115 * minuteMs, dataReplicationState: 'STALLED', lagMs: hourMs, backloggedBytes: 1 },
      { lastSeenAt: nowMs - 115 * minuteMs, dataReplicationState: 'STALLED', lagMs: 2 * hourMs, backloggedBytes: 2 },
    ],
  ],
  ...['STALLED', 'PAUSED', 'STOPPED', 'DISCONNECTED'].map(
    (dataReplicationState): [string, readonly Partial<SourceServer>[]] => [
      `replication that is ${dataReplicationState} under an agent that still reports`,
      [
        { dataReplicationState, lagMs: hourMs },
        { dataReplicationState, lagMs: 2 * hourMs },
      ],
    ],
  ),
  [
    'what MGN does not say when it saw last',
    [
      { lastSeenAt: undefined, backloggedBytes: 1 },
      { lastSeenAt: undefined, backloggedBytes: 2 },
    ],
  ],
])('says nothing of %s', (_what, looks) => {
  expect(codesOf(afterLooks(looks))).toEqual([]);
});

it('says nothing of an agent that was last heard while the cutover began', () => {
  const begun = { ...verified, cutover: { jobID: cutoverJobID, startedAt: nowMs - 10 * minuteMs } };
  const look = (lastSeenAt: number, backloggedBytes: number, record: ServerRecord) =>
    watchSource(record, aCutOverServer({ lastSeenAt, backloggedBytes }), nowMs);
  const warnedOf = (lastSeenAt: number) => codesOf(look(lastSeenAt, 2 * GiB, look(lastSeenAt, GiB, begun)));

  expect(warnedOf(nowMs)).toEqual([]);
  expect(warnedOf(nowMs + 1)).toEqual(['SOURCE_STILL_WRITTEN']);
});

it('does not take other warnings for one that the source is written to', () => {
  const other = { code: 'QUOTA_FULL', fact: 'full', source: 'DescribeJobs' };
  const record = afterLooks([{ backloggedBytes: GiB }, {}], { ...verified, warnings: [other] });

  expect(record.warnings).toEqual([other]);
});

it('has nothing to say of a server that was never cut over', () => {
  const server = aCutOverServer({ lastSeenAt: nowMs, backloggedBytes: GiB });
  const record = { ...verified, cutover: undefined };

  expect(watchSource(record, server, nowMs)).toBe(record);
});

it('keeps what it has said while MGN does not say when it saw the agent', () => {
  const warned = afterLooks([{ backloggedBytes: GiB }, { backloggedBytes: 2 * GiB }]);

  expect(watchSource(warned, undefined, nowMs)).toBe(warned);
  expect(watchSource(warned, aCutOverServer({ lastSeenAt: undefined }), nowMs)).toBe(warned);
});

it('keeps the warning while the backlog is only being worked off', () => {
  const record = afterLooks([{ backloggedBytes: GiB }, { backloggedBytes: 3 * GiB }, { backloggedBytes: 2 * GiB }]);

  expect(codesOf(record)).toEqual(['SOURCE_STILL_WRITTEN']);
});

it.each<[string, Partial<SourceServer>]>([
  ['nothing waits any more', { backloggedBytes: 0 }],
  ['its agent has fallen silent', { backloggedBytes: 4 * GiB, lastSeenAt: nowMs - 40 * minuteMs }],
])('says that it was written to once %s, because what was written is lost all the same', (_why, last) => {
  const record = afterLooks([{ backloggedBytes: GiB }, { backloggedBytes: 3 * GiB }, last]);

  expect(codesOf(record)).toEqual(['SOURCE_WAS_WRITTEN']);
  expect(record.sourceWatch).toBeUndefined();
});

it('warns again when it begins again, and leaves other warnings alone', () => {
  const other = { code: 'QUOTA_FULL', fact: 'full', source: 'DescribeJobs' };
  const growing = [{ backloggedBytes: GiB }, { backloggedBytes: 2 * GiB }];
  const record = afterLooks([...growing, {}, ...growing], { ...verified, warnings: [other] });

  expect(codesOf(record)).toEqual(['QUOTA_FULL', 'SOURCE_STILL_WRITTEN']);
});

it('gives the same record back when there is nothing new, so that nothing is written', () => {
  const watched = afterLooks([{ backloggedBytes: GiB }]);

  expect(watchSource(verified, aCutOverServer({ lastSeenAt: nowMs }), nowMs)).toBe(verified);
  expect(watchSource(verified, undefined, nowMs)).toBe(verified);
  expect(watchSource(watched, aCutOverServer({ lastSeenAt: nowMs, backloggedBytes: GiB }), nowMs)).toBe(watched);
});
