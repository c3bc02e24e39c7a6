import { applicationID } from '../../support/domain-builders.ts';
import { nameOf } from '../../../functions/domain/source-server.ts';
import { widthOf } from '../../../cli/live/fit.ts';
import { aServer, linesOf, startedAt, startMs, type Scene } from './a-screen.ts';

const cause = 'LAUNCH_FAILED, EC2 did not launch the instance: InsufficientFreeAddressesInSubnet';
const own = {
  code: 'LAUNCH_FAILED',
  fact: `job log: ${cause}`,
  source: 'DescribeJobLogItems',
  remedy: 'Free some addresses.',
};
const started = startedAt(startMs);
const culprit = aServer(1, 'rolling back', { reasons: [own], cutover: started });
const along = (number: number, code: string, scope: string, more: object = {}) =>
  aServer(number, 'rolling back', {
    reasons: [
      { code, fact: `${nameOf(culprit)}, which must succeed in ${scope}, failed: ${cause}`, source: 'failure policy' },
    ],
    cutover: started,
    ...more,
  });
const night = [
  culprit,
  along(2, 'APPLICATION_FAILED', 'application shop'),
  along(3, 'APPLICATION_FAILED', 'application shop'),
  along(4, 'APPLICATION_FAILED', 'application shop', { cutover: undefined, phase: 'not started' }),
  aServer(5, 'launch', { applicationID: applicationID(2), applicationName: 'crm', cutover: started }),
];
const textOf = (scene: Scene) => linesOf({ size: { columns: 120, rows: 40 }, ...scene }).join('\n');

describe('what went wrong, below the rows', () => {
  it('tells the cause once, in the service’s own words, and what it takes along', () => {
    const text = textOf({ servers: night });
    expect(text.match(new RegExp(cause, 'g'))).toHaveLength(1);
    expect(text).toContain(`✗ server-0001 (shop), rolling back: ${cause}`);
    expect(text).toContain('takes 3 along: 2 brought back, 1 not started (its application)');
  });

  it.each([
    ['WAVE_FAILED', 'this all-or-nothing wave', 'the whole wave'],
    ['PRIORITY_GROUP_FAILED', 'priority group 1', 'later priority groups'],
  ])('says how far %s reaches', (code, scope, words) => {
    expect(textOf({ servers: [culprit, along(9, code, scope)] })).toContain(`takes 1 along: 1 brought back (${words})`);
  });

  it('gives the next safe command: the ledger’s own where there is one, else the one that only explains', () => {
    expect(textOf({ servers: night })).toContain(
      'next: mgn-cutover explain server-0001 --run night-1 --region eu-west-1',
    );
    const step = 'aws mgn describe-source-servers --filters sourceServerIDs=s-1 --region eu-west-1';
    const stuck = aServer(1, 'needs a person', { reasons: [own], cutover: started, nextSteps: [step, 'another'] });
    expect(textOf({ servers: [stuck] })).toContain(`next: ${step}`);
  });

  it('gives no command in a rehearsal, which nobody can act on, but what would mend it', () => {
    const text = textOf({ servers: night, header: { isRehearsal: true, place: 'REHEARSAL (simulated)' } });
    expect(text).not.toContain('mgn-cutover explain');
    expect(text).toContain('Free some addresses.');
  });

  it('puts who needs a person first, and counts what has no room', () => {
    const others = Array.from({ length: 12 }, (_, index) =>
      aServer(20 + index, 'rolled back', { reasons: [{ ...own, fact: `cause ${String(index)}` }], cutover: started }),
    );
    const stuck = aServer(50, 'needs a person', { reasons: [{ ...own, fact: 'it is stuck' }] });
    const lines = linesOf({ servers: [...others, stuck], hasKeys: true });
    expect(lines.find((line) => /^[!✗↺] .*: (cause|it is)/.test(line))).toMatch(/^! server-0050.*it is stuck/);
    expect(lines.join('\n')).toMatch(/and \d+ more: press f/);
  });

  it('tells source servers of one application that failed alike together', () => {
    const alike = [1, 2, 3, 4, 5].map((number) => aServer(number, 'rolled back', { reasons: [own], cutover: started }));
    expect(textOf({ servers: alike })).toContain('server-0001, server-0002, server-0003 and 2 more (shop)');
  });

  it('does not count among those taken along who failed alike', () => {
    const { reasons } = along(2, 'APPLICATION_FAILED', 'application shop');
    const both = aServer(2, 'rolling back', { reasons: [own, ...reasons], cutover: started });
    expect(textOf({ servers: [culprit, both] })).toContain('takes no other server along');
  });

  it('does not call what a person decided a failure', () => {
    const asked = { code: 'ROLLBACK_REQUESTED', fact: 'an operator asked for the rollback', source: 'execution input' };
    const text = textOf({ servers: [aServer(1, 'rolling back', { reasons: [asked], cutover: started })] });
    expect(text).toContain('1 still to bring back');
    expect(text).not.toMatch(/takes|next:/);
  });

  it('never cuts a command, however narrow the terminal', () => {
    const flags = '--region eu-west-1 --ledger /var/lib/night.sqlite';
    const lines = linesOf({ servers: night, header: { flags }, size: { columns: 40, rows: 40 } });
    expect(lines.join('\n').replace(/ \\\n +/g, ' ')).toContain(
      `mgn-cutover explain server-0001 --run night-1 ${flags}`,
    );
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(40);
  });

  it('says in one line that there is something, where there is no room for more', () => {
    const lines = linesOf({ servers: night, size: { columns: 40, rows: 12 } });
    expect(lines.some((line) => line.startsWith('✗ server-0001 (shop): LAUNCH'))).toBe(true);
  });
});
