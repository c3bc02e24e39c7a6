import { aRun, aServer, boardOf, linesOf, minute, startedAt, startMs, type Scene } from './a-screen.ts';

const headOf = (scene: Scene) => linesOf(scene).slice(0, 6).join('\n');

describe('the head of the screen', () => {
  it.each([
    ['LIVE eu-west-1', false, /^LIVE {2}cutover night-1 {2}wave-1 {2}eu-west-1/],
    ['SIMULATOR http://127.0.0.1:8080', false, /^SIMULATOR {2}cutover night-1 {2}wave-1 {2}http:\/\/127/],
    ['REHEARSAL (simulated)', true, /^REHEARSAL {2}cutover night-1/],
    ['STACK MgnCutover in eu-west-1', false, /^LIVE {2}cutover night-1 {2}wave-1 {2}STACK MgnCutover/],
  ])('says of %s whether it is the real thing', (place, isRehearsal, words) => {
    expect(headOf({ header: { place, isRehearsal } })).toMatch(words);
  });

  it('has the clock in UTC and in the zone of the window', () => {
    expect(headOf({ now: startMs + 10 * minute })).toContain('22:10:00Z  23:10:00 Europe/Berlin');
    expect(headOf({ runs: [], now: startMs })).not.toContain('Berlin');
  });

  it.each([
    [startMs - 45 * minute, 'window opens in 15 min (22:30 Europe/Berlin)'],
    [startMs, 'window closes in 5 h (04:00 Europe/Berlin)'],
    [startMs + 280 * minute, 'window closes in 20 min (04:00 Europe/Berlin)'],
    [startMs + 307 * minute, '! window CLOSED 7 min ago (04:00 Europe/Berlin)'],
  ])('says how the window stands', (now, words) => {
    expect(headOf({ now })).toContain(words);
  });

  it('counts down to the last safe start while something waits, and says when that has passed', () => {
    const waiting = { servers: [aServer(1, 'ready')] };
    expect(headOf({ ...waiting, now: startMs + 70 * minute })).toContain('last safe start 23:30Z, in 20 min');
    expect(headOf({ ...waiting, now: startMs + 95 * minute })).toContain('! last safe start 23:30Z, PASSED 5 min ago');
    const begun = [aServer(1, 'launch', { cutover: startedAt(startMs) })];
    expect(headOf({ servers: begun, now: startMs + 95 * minute })).not.toContain('PASSED');
  });

  it.each([
    ['12 s', 12_000, 'facts 12 s old'],
    ['old', 4 * minute, '! facts 4 min old: nothing newer is known'],
    ['too old for a run that is at work', 9 * minute, '! facts 9 min old: NO STEP HAS BEEN HEARD OF'],
  ])('tells how old the facts are: %s', (_what, ageMs, words) => {
    const servers = [aServer(1, 'launch', { phaseAt: startMs + minute, cutover: startedAt(startMs) })];
    expect(headOf({ servers, now: startMs + minute + ageMs })).toContain(words);
  });

  it('takes the hold on the run for a fact, and calls nothing old while nothing is under way', () => {
    const heldUntil = startMs + 20 * minute;
    const held = aRun({ holder: { executionID: 'arn', heldUntil } });
    expect(headOf({ runs: [held], now: startMs + 6 * minute })).toContain('facts 60 s old');
    expect(headOf({ servers: [aServer(1, 'ready')], now: startMs + 10 * minute })).toContain('facts 10 min old');
    expect(headOf({ servers: [aServer(1, 'ready')], now: startMs + 10 * minute })).not.toContain('nothing newer');
  });

  it('never calls a fact newer than now', () => {
    const servers = [aServer(1, 'launch', { phaseAt: startMs + 60 * minute })];
    expect(boardOf({ servers }).factsAt(startMs + minute)).toBe(startMs + minute);
    expect(headOf({ servers, now: startMs + minute })).toContain('facts 0 s old');
  });

  it('says when all will be done, and whether that is before the window closes', () => {
    const at = (now: number) =>
      headOf({ servers: [aServer(1, 'launch', { expectedLaunchSeconds: 1_200, cutover: startedAt(now) })], now });
    expect(at(startMs + 10 * minute)).toContain('all done ≈ 22:40Z, in 30 min, 4 h 20 min before the window closes');
    expect(at(startMs + 290 * minute)).toContain('! all done ≈ 03:20Z, in 30 min, 20 min AFTER the window closes');
  });

  it('counts up as servers come to AWS, and down as they are brought back', () => {
    const up = [
      aServer(1, 'verified', { cutover: startedAt(startMs, { launchedAt: startMs, ec2InstanceID: 'i-1' }) }),
      aServer(2, 'first boot', { cutover: startedAt(startMs, { launchedAt: startMs }) }),
      aServer(3, 'launch', { cutover: startedAt(startMs) }),
    ];
    expect(headOf({ servers: up })).toContain('2 of 3 in AWS by this run, 1 verified');
    const rollback = { requestedAt: startMs, problems: [] };
    const backAfter = (count: number) =>
      headOf({
        header: { kind: 'rollback' },
        servers: up.map((server, index) =>
          index < count
            ? { ...server, phase: 'rolled back', rollback: { ...rollback, verifiedAt: startMs } }
            : { ...server, phase: 'rolling back', rollback },
        ),
      });
    expect([0, 1, 2, 3].map((count) => /(\d) still to bring back, (\d) back/.exec(backAfter(count))?.slice(1))).toEqual(
      [
        ['3', '0'],
        ['2', '1'],
        ['1', '2'],
        ['0', '3'],
      ],
    );
    expect(backAfter(3)).toContain('0 of 3 in AWS by this run');
  });

  it('keeps what matters in two lines of a wide terminal', () => {
    const lines = linesOf({ servers: [aServer(1, 'ready')], size: { columns: 200, rows: 50 } });
    const head = lines.slice(
      0,
      lines.findIndex((line) => line.includes('RTSCLBAVF')),
    );
    expect(head).toHaveLength(2);
    expect(head[0]).toMatch(/LIVE .*22:10:00Z.*Berlin.*facts.*window closes/);
  });

  it('keeps mode, clocks, age, window, count and forecast on a small terminal', () => {
    const head = headOf({
      servers: [aServer(1, 'launch', { cutover: startedAt(startMs) })],
      size: { columns: 40, rows: 12 },
    });
    for (const words of [
      'LIVE',
      'night-1',
      '22:10:00Z',
      '23:10:00 Europe/Berlin',
      'facts',
      'closes in 4 h 50 min',
      '0/1 in AWS',
      'done ≈ 22:40Z',
    ])
      expect(head).toContain(words);
  });

  it('tells how far the waves of a migration are', () => {
    expect(headOf({ header: { kind: 'migration' }, waves: '3 waves: 1 verified, 2 under way (crm, erp)' })).toContain(
      '3 waves: 1 verified, 2 under way (crm, erp)',
    );
  });
});
