import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FullReport } from '../../cli/full-report.ts';
import { commandLine, eventsIn, folder, lastingWorld } from './command-line.ts';

const files = folder();
const example = ['examples/wave.json', '--scenario', 'examples/scenario.json'];

const reportOf = async (...flags: string[]): Promise<{ exitCode: number; report: FullReport; text: string }> => {
  const output = join(files.path, `report-${flags.join('')}.json`);
  const { exitCode } = await commandLine(['run', ...example, '--output', output, ...flags]);
  const text = readFileSync(output, 'utf8');
  return { exitCode, report: JSON.parse(text), text };
};

const codesOf = (report: FullReport, hostname: string) =>
  report.servers.find((server) => server.hostname === hostname)?.reasons.map(({ code }) => code);

describe('the example wave', () => {
  it('ends as examples/expected.json says, and --expect makes that exit 0', async () => {
    const { exitCode, out } = await commandLine(['run', ...example, '--expect', 'examples/expected.json']);
    expect(out).toContain('All 14 verdicts are as examples/expected.json expects.');
    expect(exitCode).toBe(0);
  });

  it('exits 1 without --expect, because some source servers are not cut over', async () => {
    const { exitCode, report } = await reportOf();
    expect(exitCode).toBe(1);
    expect(report.run.outcome).toBe('PARTIAL');
    expect(report.run.summary).toBe('14 source servers: 7 verified, 6 rolled back, 1 blocked, untouched');
  });

  it('explains each failure in MGN’s words', async () => {
    const { report } = await reportOf();
    expect(codesOf(report, 'billing-app-1')).toEqual(['ACTION_FAILED']);
    expect(codesOf(report, 'wiki')).toEqual(['ACTION_NEVER_SEEN']);
    expect(codesOf(report, 'billing-db')).toEqual(['STALE_SNAPSHOT']);
    expect(codesOf(report, 'shop-web-3')).toEqual(['NOT_LAUNCHED', 'LAUNCH_FAILED']);
    expect(codesOf(report, 'files')).toEqual(['NOT_LAUNCHED', 'CONVERSION_FAIL']);
    expect(codesOf(report, 'wms-db')).toEqual([
      'WRONG_LIFECYCLE_STATE',
      'REPLICATION_NOT_CONTINUOUS',
      'REPLICATION_ERROR',
      'LAG_TOO_HIGH',
      'AGENT_NOT_SEEN',
      'LAUNCH_DISPOSITION_STOPPED',
      'NEVER_TESTED',
    ]);
  });

  it('absorbs the throttles and the lost answer of StartCutover with one job', async () => {
    const { report } = await reportOf();
    const starts = report.jobStarts.filter(({ kind }) => kind === 'START_CUTOVER');
    expect(starts).toMatchObject([{ answer: 'LOST_AND_FOUND', jobID: expect.stringMatching(/^mgnjob-/) }]);
    const jobIDs = new Set(report.servers.flatMap(({ jobs }) => jobs.cutover ?? []));
    expect(jobIDs).toEqual(new Set([starts[0]?.jobID]));
  });

  it('leaves what is not verified as it was, and launches nothing twice', async () => {
    const scenario: unknown = JSON.parse(readFileSync('examples/scenario.json', 'utf8'));
    const { worlds, servers } = lastingWorld(scenario);
    await commandLine(['run', 'examples/wave.json', '--region', 'eu-central-1'], { worlds });
    const byHostname = new Map(
      servers().map((server) => [server.sourceProperties?.identificationHints?.hostname, server]),
    );
    for (const hostname of ['billing-app-1', 'billing-db', 'wiki', 'files', 'shop-web-3']) {
      const server = byHostname.get(hostname);
      expect(server?.lifeCycle?.state).toBe('READY_FOR_CUTOVER');
      expect(server?.launchedInstance?.ec2InstanceID).toBeUndefined();
      expect(server?.attempts.cutover).toBe(1);
    }
    expect(byHostname.get('wms-db')?.attempts).toEqual({ test: 0, cutover: 0, terminate: 0 });
    expect(servers().every(({ attempts }) => attempts.cutover <= 1)).toBe(true);
    expect(byHostname.get('shop-db')?.lifeCycle?.state).toBe('CUTTING_OVER');
  });

  it('gives a byte-identical report and event stream for the same seed, and another for another', async () => {
    const one = await reportOf('--seed=5');
    const events = await commandLine(['run', ...example, '--json', '--seed', '5']);
    const again = await commandLine(['run', ...example, '--json', '--seed', '5']);
    expect((await reportOf('--seed=5')).text).toBe(one.text);
    expect(again.out).toBe(events.out);
    expect((await reportOf('--seed=6')).text).not.toBe(one.text);
    expect(eventsIn(events.out).at(-1)).toMatchObject({ type: 'end', report: one.report });
  });

  it('exits 1 with the difference when --expect says otherwise', async () => {
    const expected = files.file('expected.json', { verdicts: { 'shop-web-1': 'ROLLED_BACK', nobody: 'VERIFIED' } });
    const { exitCode, out } = await commandLine(['run', ...example, '--expect', expected]);
    expect(exitCode).toBe(1);
    expect(out).toContain('shop-web-1 should be ROLLED_BACK and is VERIFIED');
    expect(out).toContain('nobody should be VERIFIED and is not in the run');
    expect(out).toContain('wms-db is BLOCKED and was not expected at all');
  });
});
