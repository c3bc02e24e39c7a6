import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import * as v from 'valibot';
import { bands } from '../../report/phase-bands.ts';
import { renderReport } from '../../report/render-report.ts';
import { aLargeReport, aReport, aRolledBackServer, aServer, minute } from './sample-report.ts';

jest.setTimeout(60_000);

const small = () => aReport([aServer(), aRolledBackServer()]);

/** The text of an element with this ID in a page, tags taken out. */
const sectionOf = (page: string, id: string) =>
  (page.split(`<section id="${id}"`)[1]?.split('</section>')[0] ?? '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('what a reader is told first', () => {
  it.each([
    [{ isRehearsal: true, place: 'REHEARSAL (simulated)' }, 'REHEARSAL'],
    [{ isRehearsal: false, place: 'LIVE eu-west-1' }, 'LIVE'],
    [{ isRehearsal: false, place: 'STACK MgnCutover in eu-west-1' }, 'LIVE'],
    [{ isRehearsal: false, place: 'SIMULATOR http://127.0.0.1:4599' }, 'SIMULATOR'],
    [{ isRehearsal: false, place: 'eu-west-1, account 111122223333' }, 'FROM THE LEDGER'],
  ])('of a run in %j is %s', async (world, word) => {
    const page = await renderReport({ ...small(), world });
    expect(page).toContain(`<title>${word}: cutover run night-1</title>`);
    expect(page.split('<main>')[0]).toContain(`<strong>${word}</strong>`);
  });

  it('is the outcome, each verdict with a symbol and words, and the times in UTC and in the zone of the window', async () => {
    const summary = sectionOf(await renderReport(small()), 'summary');
    expect(summary).toContain('Not everything was cut over. 2 source servers: 1 verified, 1 rolled back.');
    expect(summary).toMatch(/1 ↺ ROLLED BACK back at its source/);
    expect(summary).toMatch(/1 ✓ VERIFIED launched, booted, checked/);
    expect(summary).toContain('Started 2026-11-28 21:00:00 UTC (2026-11-28 22:00:00 Europe/Berlin)');
    expect(summary).toContain('Window kept yes: the run ended 3 h 30 min before it closed');
    expect(summary).toContain('the first cutover was started 1 h 56 min before it');
  });

  it('is that the window was not kept, where it was not', async () => {
    const late = small();
    const page = await renderReport({ ...late, run: { ...late.run, endedAt: minute(250) } });
    expect(sectionOf(page, 'summary')).toContain('Window kept NO: the run ended 10 min after it closed');
  });

  it('is that a run has not ended, and as of when it is told', async () => {
    const open = small();
    const { endedAt, ...run } = open.run;
    expect(endedAt).toBeDefined();
    const page = await renderReport({ ...open, run: { ...run, outcome: 'UNFINISHED' }, madeAt: minute(40) });
    expect(sectionOf(page, 'summary')).toContain('This is how it stood as of 2026-11-28 21:40:00 UTC');
  });

  it('is not that nobody is needed, of a run that has not ended and may have been stopped', async () => {
    const { nextSteps, ...server } = aServer({ verdict: 'UNDECIDED', phase: 'launch' });
    expect(nextSteps).not.toEqual([]);
    const open = aReport([{ ...server, nextSteps: [] }]);
    const { endedAt, ...run } = open.run;
    expect(endedAt).toBeDefined();
    const summary = sectionOf(await renderReport({ ...open, run: { ...run, outcome: 'UNFINISHED' } }), 'summary');
    expect(summary).toContain(
      'Nothing while the run is being worked on. Where it was stopped, nothing is brought back',
    );
  });

  it('is never, in a simulated world, that MGN itself said so', async () => {
    const world = { isRehearsal: true, place: 'REHEARSAL (simulated)' };
    expect((await renderReport({ ...small(), world })).includes('itself said')).toBe(false);
  });

  it('names who needs a person and the command that is left', async () => {
    const stuck = aServer({
      verdict: 'NEEDS_A_PERSON',
      phase: 'needs a person',
      reasons: [{ code: 'X', fact: 'the job is still running', source: 'DescribeJobs' }],
      nextSteps: ['when it has ended: mgn-cutover rollback night-1 --region eu-west-1'],
    });
    const summary = sectionOf(await renderReport(aReport([stuck])), 'summary');
    expect(summary).toContain('web-1 : ! NEEDS A PERSON, the job is still running [DescribeJobs]');
    expect(summary).toContain('when it has ended: mgn-cutover rollback night-1 --region eu-west-1');
  });
});

describe('the timeline', () => {
  it('says that its counts keep what was verified and brought back later, as an application takes its servers along', async () => {
    const takenAlong = aRolledBackServer();
    const timings = { ...takenAlong.timings, launchedAt: minute(16), verifiedAt: minute(18) };
    const page = await renderReport(aReport([aServer(), { ...takenAlong, timings }]));
    const timeline = sectionOf(page, 'timeline');
    expect(timeline).toContain('2 verified');
    expect(timeline).toContain('those that were brought back later as well; how each one ended is in the summary');
  });
});

describe('the proof', () => {
  it('of a verdict is each fact with its source, its time and its age at the end', async () => {
    const servers = sectionOf(await renderReport(small()), 'servers');
    expect(servers).toContain('✓ YES launchStatus is LAUNCHED: LAUNCHED DescribeJobs 21:16:00, 14:00 old');
    expect(servers).toContain('EC2 did not launch the instance LAUNCH_FAILED, DescribeJobLogItems');
    expect(servers).toContain('Ask for more of this instance type.');
    expect(servers).toContain('planned: start 21:04:00, launched 21:18:00, verified 21:30:00');
  });

  it('of an approval is the person, the execution and where CloudTrail has who it was', async () => {
    const approvals = sectionOf(await renderReport(small()), 'approvals');
    expect(approvals).toContain('✓ Start approved 2026-11-28 21:01:00 UTC');
    expect(approvals).toContain('arn:aws:sts::111122223333:assumed-role/Ops/ada approve-1');
    expect(approvals).toMatch(/CloudTrail: the StartExecution event/);
  });

  it('of commits and of rollbacks asked for is there too', async () => {
    const report = small();
    const asks = {
      commits: [
        { executionID: 'commit-1', askedAt: minute(28), sourceServerIDs: ['s-0123456789abcdef0'], person: 'ada' },
      ],
      rollbacks: [{ executionID: 'rollback-1', askedAt: minute(29), sourceServerCount: 1, person: 'bob' }],
    };
    const approvals = sectionOf(await renderReport({ ...report, run: { ...report.run, ...asks } }), 'approvals');
    expect(approvals).toMatch(/✓ Commit .*ada commit-1 1 source server: web-1/);
    expect(approvals).toMatch(/↺ Rollback .*bob rollback-1 1 source server/);
  });

  it('of what changed something is the job, the request and how the answer came', async () => {
    const calls = sectionOf(await renderReport(small()), 'calls');
    expect(calls).toMatch(
      /StartCutover 21:04:00 batch-001 2 mgnjob-0123456789abcdef0 bbbbbbbb-1111-2222-3333-444444444444 LOST AND FOUND/,
    );
    expect(calls).toContain('ChangeServerLifeCycleState 21:21:00 db-1 aaaaaaaa-1111-2222-3333-444444444444');
    expect(calls).toContain('DescribeJobs 12');
    expect(calls).toContain('mgnjob-0123456789abcdef7 – an earlier try, known by its job');
  });

  it('of a rollback is what was read, and a problem says that it is not back', async () => {
    const problem = { code: 'STILL_THERE', fact: 'the instance is still there', source: 'DescribeSourceServers' };
    const stuck = aRolledBackServer({ hostname: 'db-2', verdict: 'NEEDS_A_PERSON', rollbackProblems: [problem] });
    const rollback = sectionOf(await renderReport(aReport([aRolledBackServer(), stuck])), 'rollback');
    expect(rollback).toContain(
      'db-1 ✓ YES 21:20:00 21:21:00 mgnjob-0123456789abcdef7 i-0123456789abcdef1 gone READY_FOR_CUTOVER 21:26:00 6:00',
    );
    expect(rollback).toContain('db-2 ✗ NO (! NEEDS A PERSON)');
    expect(rollback).toContain('the instance is still there [DescribeSourceServers]');
    expect(rollback).toContain('1 source server not proven to be back.');
  });

  it('of time is each measure against the plan', async () => {
    const timing = sectionOf(await renderReport(small()), 'timing');
    expect(timing).toContain('from StartCutover to verified 1 20:00 20:00 20:00 26:00 26:00 6:00 shorter');
    expect(timing).toContain('the longest rollback of one; expected is that of all 6:00 10:00 4:00 shorter');
  });
});

describe('names and errors of others', () => {
  const evil = '</script><img src=x onerror=alert(1)>"\'`&';

  it('stay text, wherever they are shown', async () => {
    const server = aRolledBackServer({
      hostname: evil,
      applicationName: evil,
      lifeCycleState: evil,
      reasons: [{ code: evil, fact: evil, source: evil, remedy: evil }],
      warnings: [{ code: evil, fact: evil, source: evil }],
      evidence: [{ what: evil, finding: evil, holds: 'NO', source: evil, at: minute(1) }],
      actions: [{ actionName: evil, mustSucceedForCutover: true, verdict: 'FAILED', failureReason: evil }],
      rollbackProblems: [{ code: evil, fact: evil, source: evil }],
      nextSteps: [`mgn-cutover ${evil}`, evil],
      jobs: { cutover: evil },
    });
    const report = aReport([server], {
      failures: [{ at: minute(2), error: evil, message: evil }],
      apiCalls: { [evil]: 1 },
      world: { isRehearsal: false, place: `LIVE ${evil}` },
    });
    const page = await renderReport({ ...report, run: { ...report.run, name: evil, summary: evil } });
    expect(page.match(/<img/g)).toBeNull();
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(
      page.match(/&lt;\/script&gt;&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&#96;&amp;/g)?.length,
    ).toBeGreaterThan(20);
  });

  it('cannot turn the direction of reading round, or hide', async () => {
    const page = await renderReport(aReport([aServer({ hostname: 'web\u202Egpj.exe\u200B\u0007' })]));
    expect(/[\u202E\u200B\u0007]/.test(page)).toBe(false);
    expect(page.includes('web\uFFFDgpj.exe\uFFFD\uFFFD')).toBe(true);
  });
});

describe('the file', () => {
  it('loads nothing, and lets nothing but its own script run', async () => {
    const page = await renderReport(small());
    const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? [];
    const hash = createHash('sha256').update(script).digest('base64');
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy).toBe(
      `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    const outward = /(?:<(?:link|img|iframe|object|embed)\b|\b(?:src|href)="(?!#)|@import|url\(| on[a-z]+="|https?:)/g;
    expect(page.replace(/<script>[^]*<\/script>/, '').match(outward) ?? []).toEqual([]);
  });

  it('has every colour of the timeline in light and in dark', async () => {
    const page = await renderReport(small());
    for (const { key, light, dark } of bands) {
      expect(page.split(`--b-${key}:${light}`).length - 1).toBe(1);
      expect(page.split(`--b-${key}:${dark}`).length - 1).toBe(2);
    }
    expect(page).toContain('stroke="var(--b-launch)"');
    expect(page).not.toMatch(/<svg class="chart"[^]*?(?:fill|stroke)="#/);
  });

  it('has the report itself as data', async () => {
    const page = await renderReport(small());
    const [, data = ''] = /<script type="text\/plain" id="data"[^>]*>([^<]*)</.exec(page) ?? [];
    const read: unknown = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString());
    expect(read).toEqual(JSON.parse(JSON.stringify(small())));
  });

  it('of 1,000 source servers is under 2 MB, with the details of each', async () => {
    const page = await renderReport(aLargeReport(1_000));
    expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
    expect(page.match(/<tbody data-v=/g)).toHaveLength(1_000);
    const [, packed = ''] = /<script type="text\/plain" id="details">([^<]*)</.exec(page) ?? [];
    const details = v.parse(v.array(v.string()), JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()));
    expect(details).toHaveLength(1_000);
    expect(details[999]).toContain('EC2 did not launch the instance');
  });

  it('has the details of a few hundred source servers in the open, where no script is needed', async () => {
    const page = await renderReport(aLargeReport(300));
    expect(page).not.toContain('id="details"');
    expect(page.match(/launchStatus is LAUNCHED/g)?.length).toBe(300);
  });

  it('is whole where nothing was started and nobody is known', async () => {
    const page = await renderReport(aReport([], { jobStarts: [], apiCalls: undefined }));
    expect(sectionOf(page, 'timing')).toContain('No source server was started.');
    expect(sectionOf(page, 'rollback')).toContain('Nothing was rolled back.');
    expect(sectionOf(page, 'calls')).toContain('Not counted');
  });

  it('has the pictures of the state machines when there are any', async () => {
    const diagrams = [{ machine: 'wave-cutover', svg: '<svg id="sm"></svg>' }];
    const page = await renderReport(small(), { diagrams });
    expect(page).toMatch(/<details class="machine"><summary>State machine wave-cutover<\/summary>[^]*<svg id="sm">/);
    expect(await renderReport(small())).not.toContain('id="machines"');
  });
});
