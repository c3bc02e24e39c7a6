import { commandLine, eventsIn, folder, oneWave, waveID } from './command-line.ts';

const files = folder();
const escape = String.fromCharCode(27);
const wave = files.file('wave.json', { waveID, options: { failurePolicy: { application: 'independent' } } });
const scenario = files.file(
  'scenario.json',
  oneWave({ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' }, { hostname: 'web-3' }),
);
const run = ['run', wave, '--scenario', scenario, '--name', 'night-1'];

describe('in a pipe', () => {
  it('tells each change once, with its time, and then the verdicts', async () => {
    const { out, err } = await commandLine(run);
    const lines = out.split('\n');
    expect(lines[0]).toBe(`22:00:00Z  cutover night-1: ${waveID}, REHEARSAL (simulated)`);
    const changes = lines.filter((line) => /^\S+Z {2}web-2/.test(line)).map((line) => line.slice(11).trimEnd());
    expect(new Set(changes).size).toBe(changes.length);
    expect(changes[0]).toMatch(/^web-2 +resolved$/);
    expect(changes.at(-1)).toMatch(/^web-2 +rolled back +LAUNCH_FAILED, EC2 did not launch the instance/);
    expect(out).toContain('Partly cut over: 3 source servers: 2 verified, 1 rolled back');
    expect(err).toBe('');
  });

  it('uses neither colours nor cursor movements', async () => {
    expect((await commandLine(run)).out).not.toContain(escape);
  });
});

describe('--json', () => {
  it('writes nothing but events: run first, end last, each with its time', async () => {
    const { out, exitCode } = await commandLine([...run, '--json']);
    const events = eventsIn(out);
    expect(events[0]).toMatchObject({ type: 'run', at: '2026-01-10T22:00:00.000Z', run: { name: 'night-1' } });
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['run', 'run-record', 'execution', 'server', 'end']),
    );
    expect(events.every(({ at }) => typeof at === 'string' && at.endsWith('Z'))).toBe(true);
    expect(events.at(-1)).toMatchObject({
      type: 'end',
      exitCode,
      outcome: 'PARTIAL',
      report: { run: { name: 'night-1' } },
    });
  });

  it('tells each source server’s phases with verdict and reasons', async () => {
    const { out } = await commandLine([...run, '--json']);
    const web2 = eventsIn(out).filter(({ type, hostname }) => type === 'server' && hostname === 'web-2');
    expect(web2.map(({ phase }) => phase)).toEqual([
      'resolved',
      'ready',
      'terminating test instance',
      'terminating test instance', // with the batch it is going to be started in
      'starting',
      'conversion',
      'launch',
      'failed',
      'rolling back',
      'rolled back',
    ]);
    expect(web2.at(-1)).toMatchObject({
      verdict: 'ROLLED_BACK',
      reasons: [{ code: 'NOT_LAUNCHED' }, { code: 'LAUNCH_FAILED' }],
    });
  });

  it('tells of the run itself when what concerns watchers has changed, and of no token', async () => {
    const windowed = files.file('windowed.json', {
      waveID,
      window: { opensAt: '2026-01-10T22:00', closesAt: '2026-01-11T04:00', zone: 'Europe/Berlin' },
      options: { commit: 'approve', failurePolicy: { application: 'independent' } },
    });
    const { out } = await commandLine(['run', windowed, '--scenario', scenario, '--name', 'night-1', '--json']);
    const records = eventsIn(out).filter(({ type }) => type === 'run-record');
    const told = records.map((record) => JSON.stringify({ ...record, at: undefined }));
    expect(new Set(told).size).toBe(told.length);
    expect(out).not.toMatch(/taskToken|heldUntil/);
    expect(records[0]).toMatchObject({ runID: 'night-1', window: { zone: 'Europe/Berlin' } });
    expect(records).toContainEqual(
      expect.objectContaining({
        plan: expect.objectContaining({ lastSafeStartAt: expect.stringMatching(/^2026-01-1.*Z$/) }),
      }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({ gates: [expect.objectContaining({ gate: 'COMMIT', openedAt: expect.any(String) })] }),
    );
    expect(records.at(-1)).toMatchObject({ end: { outcome: expect.any(String) } });
  });

  it('tells a step that failed for now', async () => {
    const throttled = files.file('throttled.json', {
      ...oneWave({ hostname: 'web-1' }),
      faults: [{ fault: 'throttle', operation: 'StartCutover', nthCalls: [1] }],
    });
    const { out } = await commandLine(['run', wave, '--scenario', throttled, '--json']);
    expect(eventsIn(out)).toContainEqual(
      expect.objectContaining({
        type: 'execution',
        status: 'STEP_FAILED',
        step: 'StartCutover',
        error: 'ThrottledError',
        attempt: 1,
      }),
    );
  });
});

describe('on a terminal', () => {
  const watched = [...run, '--speed', '1000000'];

  it('leaves the last picture of the table above the summary', async () => {
    const { out } = await commandLine(watched, { isTerminal: true, env: { NO_COLOR: '1' } });
    const last = out.slice(out.lastIndexOf('REHEARSAL  cutover night-1'));
    expect(last).toMatch(/✓ web-1 {2}=======✓· {2}verified/);
    expect(last).toMatch(/↺ web-2 {2}↺········ {2}rolled back/);
    expect(last.indexOf('Partly cut over')).toBeGreaterThan(last.indexOf('web-3'));
  });

  it('colours, unless NO_COLOR is set', async () => {
    const colour = new RegExp(`${escape}\\[3[0-9]m`);
    expect((await commandLine(watched, { isTerminal: true })).out).toMatch(colour);
    expect((await commandLine(watched, { isTerminal: true, env: { NO_COLOR: '1' } })).out).not.toMatch(colour);
  });
});
