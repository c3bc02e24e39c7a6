/** What explain says of the source servers of the example's night: facts, sources, ages, and the next command. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { openSqliteStore } from '../../../functions/ledger/sqlite-store.ts';
import { claimRunForProcess } from '../../../local/process-guard.ts';
import { applicationID, aRunRecord, aServerRecord, runID, sourceServerID } from '../../support/domain-builders.ts';
import { aNightInALedger, exampleScenario } from '../a-night-in-a-ledger.ts';
import { commandLine, eventsIn, folder, lastingWorld, oneWave } from '../command-line.ts';

const files = folder();
type Night = Awaited<ReturnType<typeof aNightInALedger>>;
let night: Night;

beforeAll(async () => {
  night = await aNightInALedger(files.path, exampleScenario(), 'examples/wave.json');
}, 60_000);
afterAll(() => {
  night.close();
});

/** From the ledger file alone, as on a machine without credentials. */
const explained = async (server: string, ...flags: string[]) => {
  const { out, exitCode, err } = await commandLine(['explain', server, '--ledger', night.path, ...flags]);
  return { out, exitCode, err };
};
/** As seen minutes after the night, with MGN at hand. */
const inTheNight = async (server: string, ...flags: string[]) =>
  (await night.inTheNight(['explain', server, '--stack', 'any', ...flags])).out;

/** The lines under a heading. */
const sectionOf = (text: string, heading: string) =>
  (text.split('\n\n').find((part) => part.startsWith(heading)) ?? '').split('\n').slice(1);

describe('explain', () => {
  it('begins with what is true in one line, in a symbol and a word', async () => {
    expect((await inTheNight('shop-web-1')).split('\n')[0]).toBe(
      '✓ shop-web-1  VERIFIED: cut over and checked, not finalized: it can be kept, or brought back',
    );
    expect((await inTheNight('wms-db')).split('\n')[0]).toMatch(/^⊘ wms-db {2}BLOCKED: /);
    expect((await inTheNight('wiki')).split('\n')[0]).toMatch(/^↺ wiki {2}ROLLED BACK: it is READY_FOR_CUTOVER again/);
  });

  it('tells every fact behind a verdict with its API, its time and its age', async () => {
    const facts = sectionOf(await inTheNight('shop-web-1'), 'Facts behind it');
    expect(facts).toHaveLength(8);
    expect(facts[0]).toMatch(
      /^ {2}✓ yes {6}ready for its cutover: .* \[DescribeSourceServers, seen 22:00:00Z, 47 min ago\]$/,
    );
    expect(facts).toContainEqual(
      expect.stringMatching(
        /✓ yes .*launchStatus is LAUNCHED: LAUNCHED {2}\[DescribeJobs, seen 22:\d\d:\d\dZ, \d+ min ago\]/,
      ),
    );
    expect(facts.every((fact) => /^ {2}(?:✓ yes|✗ no|\? unknown) .*\[[A-Z]\w+.*\]$/.test(fact))).toBe(true);
  });

  it('tells a fact that speaks against it, with its reason and what to do', async () => {
    const out = await inTheNight('billing-app-1');
    expect(sectionOf(out, 'Facts behind it')).toContainEqual(
      expect.stringMatching(/✗ no {7}action Check application health is at SUCCESS: FAILED, .*answered 503/),
    );
    expect(sectionOf(out, 'Reasons:').join('\n')).toMatch(
      /- action .*answered 503.* \[DescribeJobs\]\n {6}Read the action’s output/,
    );
  });

  it('tells what the failure policy took along', async () => {
    const others = sectionOf(await inTheNight('billing-app-1'), 'Its application billing, the other source servers:');
    expect(others).toHaveLength(2);
    expect(others).toContainEqual(expect.stringMatching(/↺ billing-app-2 {2}ROLLED BACK, taken along: billing-app-1 /));
    expect(others).toContainEqual(expect.stringMatching(/↺ billing-db {2}ROLLED BACK: SNAPSHOT_FAIL/));
  });

  it('tells jobs, instances, requests and the timeline', async () => {
    const out = await inTheNight('billing-app-1');
    const traces = sectionOf(out, 'Jobs, instances and requests:').join('\n');
    expect(traces).toMatch(/- StartCutover: mgnjob-\w+, called 22:02:35Z, its answer was lost and the job found/);
    expect(traces).toMatch(/- cutover instance: i-\w+\n/);
    expect(traces).toMatch(
      /- job that terminated it: mgnjob-\w+\n {2}- request of ChangeServerLifeCycleState: [\w-]+$/,
    );
    const phases = sectionOf(out, 'Timeline:').map((line) => line.trim().split(/ {2}/)[1]);
    expect(phases).toEqual([
      ...['· resolved', '· ready', '▸ terminating test instance', '▸ starting', '▸ conversion', '▸ launch'],
      ...['▸ first boot', '▸ actions', '✗ failed', '✗ rolling back', '↺ rolled back'],
    ]);
  });

  it('ends with the commands that are safe', async () => {
    const verified = (await inTheNight('shop-web-1')).trimEnd().split('\n').slice(-3);
    expect(verified).toEqual([
      'What is safe to do next:',
      '  to keep what is verified (cannot be undone): mgn-cutover commit night-1 --region us-east-1',
      '  to bring it back: mgn-cutover rollback night-1 --region us-east-1',
    ]);
    expect(await inTheNight('wms-db')).toMatch(
      /Mend the cause above.*\n {4}mgn-cutover plan INPUT\.json --region us-east-1\n$/,
    );
  });

  it('names the way to its ledger in the commands', async () => {
    const { out } = await explained('shop-web-1');
    expect(out).toContain(`mgn-cutover commit night-1 --region eu-central-1 --ledger ${night.path}\n`);
  });

  it('finds a source server by its ID, and by its host name in any case', async () => {
    const [event] = eventsIn((await explained('WIKI', '--json')).out);
    expect(event).toMatchObject({ type: 'explanation', server: { hostname: 'wiki', verdict: 'ROLLED_BACK' } });
    const { server } = v.parse(v.object({ server: v.object({ sourceServerID: v.string() }) }), event);
    expect((await explained(server.sourceServerID)).out).toContain('↺ wiki  ROLLED BACK');
  });

  it('is one JSON document with --json, with ages in seconds', async () => {
    const { out, exitCode } = await explained('shop-web-1', '--json', '--no-read');
    const [event, ...others] = eventsIn(out);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      run: { name: 'night-1', status: 'ENDED', outcome: 'PARTIAL' },
      companions: expect.arrayContaining([expect.objectContaining({ hostname: 'shop-db', isTakenAlong: false })]),
      mgnNow: { isRead: false, why: 'as asked (--no-read)' },
    });
    expect(event).toHaveProperty(
      ['server', 'evidence', 0],
      expect.objectContaining({ source: 'DescribeSourceServers' }),
    );
    expect(event).toHaveProperty(['server', 'evidence', 0, 'ageSeconds'], expect.any(Number));
    expect(exitCode).toBe(0);
  });

  it('works without credentials from the ledger of this machine, and says how MGN is read', async () => {
    const { out, exitCode, err } = await explained('shop-web-1');
    expect(out).toContain(
      'MGN now: not read\n  ? the environment names no AWS credentials; sign in, or add --region eu-central-1',
    );
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  });
});

/** A ledger with one run of these source servers, which nobody works on. */
const aLedger = async (name: string, ...servers: Parameters<typeof aServerRecord>[0][]) => {
  const path = join(files.path, `${name}.sqlite`);
  const store = openSqliteStore(path);
  const ledger = createLedger(store);
  const run = aRunRecord({ runID: runID(name) });
  await ledger.createRun(run);
  const records = servers.map((fields, index) =>
    aServerRecord({ sourceServerID: sourceServerID(index + 1), ...fields }),
  );
  await ledger.saveServers(run.runID, records);
  store.close();
  return path;
};

describe('explain of a run at its commit gate', () => {
  it('says what silence comes to only while a process waits there', async () => {
    const path = await aLedger('gate', { phase: 'verified', verdict: 'VERIFIED', hostname: 'web-1' });
    const store = openSqliteStore(path);
    const ledger = createLedger(store);
    const stored = await ledger.readRun(runID('gate'));
    if (stored === undefined) throw new Error('no run');
    const gate = { gate: 'COMMIT', openedAt: Date.now(), closesAt: Date.now() + 3_600_000, taskToken: 't' } as const;
    await ledger.saveRun({ ...stored.value, holder: undefined, gates: [gate] }, stored.version);
    const silence = 'then the source servers are left as they are, verified';
    const explainGate = async () => (await commandLine(['explain', 'web-1', '--ledger', path])).out;

    const claim = await claimRunForProcess(store, runID('gate'), Date.now());
    expect(await explainGate()).toContain(silence);
    await claim.release();
    const after = await explainGate();
    store.close();
    expect(after).not.toContain(silence);
    expect(after).toContain('The run has no end, and nothing works on it. To go on with it, or to go back:');
    expect(after).toContain('mgn-cutover run INPUT.json --name gate');
  });
});

describe('explain of a large application', () => {
  const of = { applicationID: applicationID(1) };
  const verified = { ...of, phase: 'verified', verdict: 'VERIFIED' } as const;
  const lost = { ...of, phase: 'rolled back', verdict: 'ROLLED_BACK' } as const;

  it('names those that are not well, worst first, and counts the rest', async () => {
    const many = [...Array(30).keys()].map((index) => ({
      ...(index < 25 ? lost : verified),
      hostname: `app-${String(index)}`,
    }));
    const person = { ...of, hostname: 'stuck', phase: 'needs a person', verdict: 'NEEDS_A_PERSON' } as const;
    const path = await aLedger('large', { ...verified, hostname: 'web-1' }, ...many, person);
    const { out } = await commandLine(['explain', 'web-1', '--ledger', path]);
    const others = sectionOf(out, 'Its application');
    expect(others).toHaveLength(22);
    expect(others[0]).toBe('  ! stuck  NEEDS A PERSON');
    expect(others.slice(-2)).toEqual(['  … and 6 more that are not well', '  ✓ 5 verified or finalized']);
  });
});

describe('explain of what machines say of themselves', () => {
  it('lets no text steer the terminal, begin a line of its own, or enter a command', async () => {
    const evil = '\u001b[2Jgone\n✓ web-1  VERIFIED';
    const reason = { code: 'X', fact: evil, source: 'DescribeJobs', remedy: evil };
    const arn = 'arn:aws:mgn:eu-west-1;reboot:123456789012:source-server/s-1';
    const path = await aLedger('hostile', {
      ...{ hostname: evil, applicationName: evil, applicationID: applicationID(1), arn, lifeCycleState: evil },
      ...{ reasons: [reason], warnings: [reason], nextSteps: [evil] },
      actions: [
        { actionName: evil, executionID: evil, failureReason: evil, mustSucceedForCutover: true, verdict: 'FAILED' },
      ],
    });
    const { out } = await commandLine(['explain', sourceServerID(1), '--ledger', path]);
    expect(out).not.toContain('\u001b');
    expect(out).not.toMatch(/^ *✓ web-1/m);
    expect(out).not.toMatch(/--region eu-west-1;/);
  });
});

describe('explain, asked for what there is not', () => {
  it.each([
    ['a source server', ['nobody'], /^mgn-cutover: SERVER: nobody is not in .*; it has .* and 4 more\.$/m],
    ['a name like others', ['wms-scanner'], /it has wms-scanner-1 \(s-\w+\), wms-scanner-2 \(s-\w+\)\.$/m],
    ['a run', ['wiki', '--run', 'night-9'], /^mgn-cutover: RUN: there is no run night-9 in .*; it knows night-1\.$/m],
    ['a stack’s ledger as a file', ['wiki', '--ledger', 'stack:Mgn'], /say --stack Mgn/],
    ['a region', ['wiki', '--region', 'europe'], /"europe" is not the name of a region/],
    ['two places', ['wiki', '--stack', 'Mgn'], /--stack does not go with --endpoint or --ledger/],
  ])('says so of %s', async (_what, [server = '', ...flags], message) => {
    const { exitCode, err } = await explained(server, ...flags);
    expect(err).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it('asks which one, where a host name is that of several', async () => {
    const path = await aLedger(
      'twins',
      { hostname: 'db-1', applicationID: applicationID(1) },
      { hostname: 'DB-1', applicationName: 'shop' },
    );
    const { exitCode, err } = await commandLine(['explain', 'db-1', '--ledger', path]);
    const candidates = `${sourceServerID(1)} (${applicationID(1)}), ${sourceServerID(2)} (shop)`;
    expect(err).toContain(
      `db-1 is the host name of 2 source servers in run twins; say which by its ID: ${candidates}.`,
    );
    expect(exitCode).toBe(2);
  });

  it('takes the newest run that has it, and another where one is named', async () => {
    const path = join(files.path, 'two.sqlite');
    const store = openSqliteStore(path);
    const world = lastingWorld(oneWave({ hostname: 'web-1' }));
    const input = files.file('again.json', { waveID: 'wave-7f3a9c2e5b1d8f640' });
    const worlds: typeof world.worlds = async (...opening) => ({ ...(await world.worlds(...opening)), store });
    for (const name of ['first', 'second']) {
      await commandLine(['run', input, '--region', 'us-east-1', '--name', name], { worlds });
      await commandLine(['rollback', name, '--region', 'us-east-1'], { worlds });
      world.passTime(3_600_000);
    }
    store.close();
    expect((await commandLine(['explain', 'web-1', '--ledger', path])).out).toContain('Run second: ');
    expect((await commandLine(['explain', 'web-1', '--ledger', path, '--run', 'first'])).out).toContain('Run first: ');
  });

  it('takes the name of a migration for the runs of its waves', async () => {
    const scenario: unknown = JSON.parse(readFileSync('examples/migration-scenario.json', 'utf8'));
    const migration = await aNightInALedger(files.path, scenario, 'examples/migration.json', 'move');
    migration.close();
    const { out } = await commandLine(['explain', 'wiki-db', '--ledger', migration.path, '--run', 'move']);
    expect(out).toContain('\n  Run move-pilot: ');
  });
});
