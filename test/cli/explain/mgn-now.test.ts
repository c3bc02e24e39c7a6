/** What explain says of MGN at this moment, beside what the run saw: drift is what a person wants to know at night. */
import * as v from 'valibot';
import type { TargetServices } from '../../../functions/accounts/target-services.ts';
import { AccessDeniedError, TransientServiceError } from '../../../functions/domain/errors.ts';
import { SourceServerIDSchema } from '../../../functions/domain/identifiers.ts';
import type { Mgn } from '../../../functions/domain/ports.ts';
import { startHttpServer } from '../../../simulator/http-server.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { aNightInALedger } from '../a-night-in-a-ledger.ts';
import { commandLine, eventsIn, folder, oneWave, waveID } from '../command-line.ts';
import { silentIo } from '../silent-io.ts';

const files = folder();
const input = files.file('wave.json', { waveID });
const scenario = oneWave({ hostname: 'web-1' }, { hostname: 'web-2' });
const explain = ['explain', 'web-1', '--stack', 'any'];

let count = 0;
/** A night after which web-1 and web-2 are verified. */
const aNight = async () => {
  count += 1;
  const night = await aNightInALedger(files.path, scenario, input, `night-${String(count)}`);
  const within = async (work: (services: TargetServices) => Promise<unknown>) => {
    const world = await night.world.worlds({}, { ledger: 'existing' }, silentIo());
    await world.within(({ services }) => work(services));
  };
  const [event] = eventsIn((await night.inTheNight([...explain, '--no-read', '--json'])).out);
  const { server } = v.parse(v.object({ server: v.object({ sourceServerID: SourceServerIDSchema }) }), event);
  return { ...night, within, sourceServerID: server.sourceServerID };
};

/** The verb as it is with another MGN than that of the night. */
const withMgn = async (night: Awaited<ReturnType<typeof aNight>>, change: (mgn: Mgn) => Mgn) => {
  const worlds: typeof night.worlds = async (...opening) => {
    const world = await night.worlds(...opening);
    return {
      ...world,
      within: (work) =>
        world.within((session) =>
          work({
            ...session,
            services: { ...session.services, mgn: (target) => change(session.services.mgn(target)) },
          }),
        ),
    };
  };
  return commandLine(explain, { worlds });
};

const denied = () => Promise.reject(new AccessDeniedError('AccessDenied: mgn:DescribeJobs is not allowed'));

describe('MGN now', () => {
  it('says that nothing differs, with the facts by their APIs', async () => {
    const night = await aNight();
    const { out } = await night.inTheNight(explain);
    expect(out).toMatch(
      /MGN now, in us-east-1: nothing differs from what the run saw\n {2}\[DescribeSourceServers\]\n {2}✓ as seen: lifeCycle\.state: CUTTING_OVER\n/,
    );
    expect(out).not.toContain('differs:');
    expect(out).not.toContain('MGN shows other facts now');
    night.close();
  });

  it('marks what somebody has changed since, first, and warns before the commands', async () => {
    const night = await aNight();
    await night.within((services) => services.mgn({}).finalizeCutover(night.sourceServerID));
    const { out, exitCode } = await night.inTheNight(explain);
    expect(out).toContain(
      'MGN now, in us-east-1: 1 of its facts differ\n  ! differs: lifeCycle.state is now CUTOVER; the run saw CUTTING_OVER  [DescribeSourceServers]\n',
    );
    expect(out).toMatch(
      /^\S+ web-1 {2}VERIFIED: .*\n {2}! that is what the run saw; MGN shows other facts now, see below\n[^]*What is safe to do next:\n {2}! MGN is not as the run left it .*\n {2}to keep what is verified/,
    );
    expect(exitCode).toBe(0);
    const [event] = eventsIn((await night.inTheNight([...explain, '--json'])).out);
    expect(event).toMatchObject({ mgnNow: { isRead: true, differences: 1, region: 'us-east-1' } });
    night.close();
  });

  it('says in one line that the caller may not read MGN, and explains the rest', async () => {
    const night = await aNight();
    const { out, exitCode } = await withMgn(night, (mgn) => ({ ...mgn, describeSourceServers: denied }));
    expect(out).toMatch(
      /MGN now: not read\n {2}\? The caller may not use MGN in us-east-1: .* It needs mgn:DescribeSourceServers, .*\n\n/,
    );
    expect(out).toContain('✓ web-1  VERIFIED');
    expect(exitCode).toBe(0);
    night.close();
  });

  it('says in one line that nothing listens there', async () => {
    const night = await aNight();
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' });
    const unreachable = () => Promise.reject(new TransientServiceError('MGN did not answer', { cause: refused }));
    const { out, exitCode } = await withMgn(night, (mgn) => ({ ...mgn, describeSourceServers: unreachable }));
    expect(out).toMatch(/MGN now: not read\n {2}\? Nothing listens at MGN in us-east-1\. Check the address\.\n\n/);
    expect(exitCode).toBe(0);
    night.close();
  });

  it('tells what it could read where it may not read all', async () => {
    const night = await aNight();
    const { out } = await withMgn(night, (mgn) => ({ ...mgn, describeJobs: denied, describeJobsSince: denied }));
    expect(out).toContain('✓ as seen: lifeCycle.state: CUTTING_OVER');
    expect(out).toMatch(/\n {2}\? not read: DescribeJobs: The caller may not use MGN/);
    night.close();
  });

  it('finds a source server that was archived since', async () => {
    const night = await aNight();
    const { out } = await withMgn(night, (mgn) => ({
      ...mgn,
      describeSourceServers: async ({ isArchived, ...selection }) =>
        isArchived
          ? (await mgn.describeSourceServers({ ...selection, isArchived: false })).map((server) => ({
              ...server,
              isArchived,
            }))
          : [],
    }));
    expect(out).toContain('! differs: isArchived is now true; the run saw false');
    night.close();
  });

  it('says that MGN shows no such source server', async () => {
    const night = await aNight();
    const { out } = await withMgn(night, (mgn) => ({ ...mgn, describeSourceServers: () => Promise.resolve([]) }));
    expect(out).toMatch(
      /MGN now: not read\n {2}\? MGN in us-east-1 shows no source server s-\w+ to this caller: it is gone/,
    );
    night.close();
  });

  it('reads an endpoint over the network, for a ledger of this machine', async () => {
    const night = await aNight();
    night.close();
    const server = await startHttpServer({ scenario: parseScenario(scenario), seed: 1, port: 0, speed: 0 });
    const flags = ['--ledger', night.path, '--endpoint', server.endpoint];
    const { out, exitCode } = await commandLine(['explain', 'web-1', ...flags]);
    await server.close();
    expect(out).toContain('! differs: lifeCycle.state is now READY_FOR_CUTOVER; the run saw CUTTING_OVER');
    expect(out).toContain(
      `mgn-cutover commit night-${String(count)} --endpoint ${server.endpoint} --region us-east-1 --ledger`,
    );
    expect(exitCode).toBe(0);
  });
});
