import type { Job, JobLogItem } from '../../../functions/domain/job.ts';
import { expectLaunches, launchSecondsOf } from '../../../functions/domain/launch-times.ts';
import { aJob, aLogItem, aPart, applicationID, sourceServerID } from '../../support/domain-builders.ts';

const startMs = Date.parse('2026-02-01T10:00:00Z');
const at = (seconds: number) => startMs + seconds * 1_000;
const [one, two] = [sourceServerID(1), sourceServerID(2)];

/** A test job of source servers 1 and 2 that ended after 20 minutes. */
const aTestJob = (fields: Partial<Job> = {}): Job =>
  aJob({
    initiatedBy: 'START_TEST',
    createdAt: startMs,
    endedAt: at(1_200),
    participatingServers: [aPart({ sourceServerID: one }), aPart({ sourceServerID: two })],
    ...fields,
  });
const line = (event: string, seconds: number, sourceServerID: JobLogItem['sourceServerID'] = one) =>
  aLogItem(event, { at: at(seconds), sourceServerID });
const jobLine = (event: string, seconds: number) => aLogItem(event, { at: at(seconds), sourceServerID: undefined });

describe('launchSecondsOf', () => {
  it('counts from the start of the job to each server’s own LAUNCH_END', () => {
    const log = [
      jobLine('JOB_END', 1_200),
      line('LAUNCH_END', 1_199, two),
      line('LAUNCH_END', 651),
      line('LAUNCH_START', 314),
      line('LAUNCH_START', 700, two),
      jobLine('JOB_START', 2),
    ];

    expect(launchSecondsOf(aTestJob(), log)).toEqual(
      new Map([
        [one, 651],
        [two, 1_199],
      ]),
    );
  });

  it('counts from JOB_START where the job does not say when it was created', () => {
    const log = [jobLine('JOB_START', 10), line('LAUNCH_END', 610)];

    expect(launchSecondsOf(aTestJob({ createdAt: undefined }), log)).toEqual(new Map([[one, 600]]));
    expect(launchSecondsOf(aTestJob({ createdAt: undefined }), log.slice(1))).toEqual(new Map());
  });

  it('takes the end of the job where no LAUNCH_END was logged', () => {
    const log = [line('LAUNCH_START', 314), line('CONVERSION_END', 314), line('SNAPSHOT_END', 60)];

    expect(launchSecondsOf(aTestJob(), log)).toEqual(new Map([[one, 1_200]]));
  });

  it.each([
    ['the job has not ended', aTestJob({ status: 'STARTED', endedAt: undefined }), [line('LAUNCH_START', 314)]],
    ['something follows LAUNCH_START', aTestJob(), [line('LAUNCH_START', 314), line('CONVERSION_START', 400)]],
    ['the server was never launched', aTestJob(), [line('CONVERSION_END', 314)]],
    ['LAUNCH_END has no time', aTestJob(), [aLogItem('LAUNCH_END', { at: undefined })]],
    ['it is too quick to be true', aTestJob(), [line('LAUNCH_END', 59)]],
    ['it is too slow to be a measure', aTestJob(), [line('LAUNCH_END', 86_401)]],
    ['the log is gone', aTestJob(), []],
    [
      'MGN calls the launch failed',
      aTestJob({ participatingServers: [aPart({ launchStatus: 'FAILED' })] }),
      [line('LAUNCH_END', 651)],
    ],
  ])('learns nothing when %s', (_, job, log) => {
    expect(launchSecondsOf(job, log)).toEqual(new Map());
  });

  it.each(['SNAPSHOT_FAIL', 'USING_PREVIOUS_SNAPSHOT', 'CONVERSION_FAIL', 'LAUNCH_FAILED', 'SERVER_SKIPPED'])(
    'learns nothing from a server after %s, and from the others all the same',
    (event) => {
      const log = [line(event, 300), line('LAUNCH_END', 875), line('LAUNCH_END', 700, two)];

      expect(launchSecondsOf(aTestJob(), log)).toEqual(new Map([[two, 700]]));
    },
  );

  it('believes the bounds themselves', () => {
    expect(launchSecondsOf(aTestJob(), [line('LAUNCH_END', 60)]).get(one)).toBe(60);
    expect(launchSecondsOf(aTestJob(), [line('LAUNCH_END', 86_400)]).get(one)).toBe(86_400);
  });
});

describe('expectLaunches', () => {
  const [web, db] = [applicationID(1), applicationID(2)];
  const wave = [
    { sourceServerID: sourceServerID(1), applicationID: web },
    { sourceServerID: sourceServerID(2), applicationID: web },
    { sourceServerID: sourceServerID(3), applicationID: web },
    { sourceServerID: sourceServerID(4), applicationID: web },
    { sourceServerID: sourceServerID(5), applicationID: db },
    { sourceServerID: sourceServerID(6) },
  ];

  it('prefers a server’s own test launch, then its application’s median, then its wave’s', () => {
    const learned = new Map([
      [sourceServerID(1), 600],
      [sourceServerID(2), 3_000],
      [sourceServerID(3), 700],
      [sourceServerID(6), 640],
      [sourceServerID(99), 9_000],
    ]);

    expect([...expectLaunches(wave, learned, 1_800)]).toEqual([
      [sourceServerID(1), { seconds: 600, basis: 'test launch' }],
      [sourceServerID(2), { seconds: 3_000, basis: 'test launch' }],
      [sourceServerID(3), { seconds: 700, basis: 'test launch' }],
      [sourceServerID(4), { seconds: 700, basis: 'application' }],
      [sourceServerID(5), { seconds: 640, basis: 'wave' }],
      [sourceServerID(6), { seconds: 640, basis: 'test launch' }],
    ]);
  });

  it('does not take servers without an application for one application', () => {
    const servers = [1, 2, 3].map((number) => ({ sourceServerID: sourceServerID(number) }));

    expect(expectLaunches(servers, new Map([[sourceServerID(1), 600]]), 1_800).get(sourceServerID(2))).toEqual({
      seconds: 600,
      basis: 'wave',
    });
  });

  it('falls back where nothing is known', () => {
    const expected = expectLaunches(wave, new Map(), 1_800);

    expect([...expected.values()]).toEqual(wave.map(() => ({ seconds: 1_800, basis: 'default' })));
  });
});
