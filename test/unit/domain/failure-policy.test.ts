import * as v from 'valibot';
import { FailurePolicySchema } from '../../../functions/domain/failure-policy-options.ts';
import {
  applyFailurePolicy,
  completeApplications,
  pastPointOfNoReturn,
  startableGroup,
  type PolicyDecision,
  type PolicyServer,
} from '../../../functions/domain/failure-policy.ts';
import type { Reason } from '../../../functions/domain/reason.ts';
import { applicationID, cutoverJobID, nowMs, sourceServerID } from '../../support/domain-builders.ts';

const policyOf = (input: v.InferInput<typeof FailurePolicySchema> = {}) => v.parse(FailurePolicySchema, input);

const cause: Reason = { code: 'NOT_LAUNCHED', fact: 'launchStatus is FAILED', source: 'DescribeJobs' };
const logged: Reason = {
  code: 'LAUNCH_FAILED',
  fact: 'job log: LAUNCH_FAILED, no room',
  source: 'DescribeJobLogItems',
};
const taken: Reason = { code: 'APPLICATION_FAILED', fact: 'another failed', source: 'failure policy' };
const late: Reason = { code: 'TOO_LATE', fact: 'it was not verified in time', source: 'window' };
const cutover = { jobID: cutoverJobID, startedAt: nowMs };
const rollback = { requestedAt: nowMs, problems: [] };

const standings = {
  queued: {},
  'in flight': { cutover },
  verified: { cutover, launch: 'PASSED', verdict: 'VERIFIED' },
  finalized: { cutover, launch: 'PASSED', verdict: 'FINALIZED' },
  failed: { cutover, launch: 'FAILED', reasons: [cause] },
  'rolling back': { cutover, launch: 'FAILED', reasons: [cause], rollback },
  'rolled back': { cutover, launch: 'FAILED', reasons: [cause], rollback, verdict: 'ROLLED_BACK' },
  'needs a person': { cutover, launch: 'PASSED', reasons: [cause], rollback, verdict: 'NEEDS_A_PERSON' },
  'not started': { launch: 'NOT_STARTED', reasons: [cause], verdict: 'NOT_STARTED' },
  blocked: { launch: 'NOT_STARTED', reasons: [cause], verdict: 'BLOCKED' },
} as const satisfies Record<string, Partial<PolicyServer>>;
type Standing = keyof typeof standings;
const lostStandings = ['failed', 'rolling back', 'rolled back', 'needs a person', 'not started', 'blocked'] as const;
/** Source server `number` of application `application` (0: of none), as far as `standing` says. */
const aServer = (number: number, application: number, standing: Standing, fields: Partial<PolicyServer> = {}) => {
  const server: PolicyServer = {
    sourceServerID: sourceServerID(number),
    applicationID: application === 0 ? undefined : applicationID(application),
    priorityGroup: 5,
    mayFail: false,
    launch: 'PENDING',
    reasons: [],
    ...standings[standing],
    ...fields,
  };
  return server;
};

const codesOf = (reasons: ReadonlyMap<string, Reason>) =>
  Object.fromEntries([...reasons].map(([id, { code }]) => [Number(id.slice(2)), code]));
const codes = (decision: PolicyDecision) => {
  return { rollBack: codesOf(decision.rollBack), leaveOut: codesOf(decision.leaveOut) };
};

describe('applyFailurePolicy', () => {
  it('asks for nothing as long as nothing failed', () => {
    const records = [aServer(1, 1, 'verified'), aServer(2, 1, 'in flight'), aServer(3, 2, 'queued')];
    const decision = applyFailurePolicy(records, policyOf({ wave: 'atomic', stopAt: { servers: 1 } }));
    expect(decision).toEqual({ rollBack: new Map(), leaveOut: new Map(), isStopped: false });
  });

  describe('an atomic application', () => {
    it.each(lostStandings)(
      'is brought back and not started further when a member is %s; others are left alone',
      (lost) => {
        const records = [
          aServer(1, 1, lost),
          aServer(2, 1, 'verified'),
          aServer(3, 1, 'in flight'),
          aServer(4, 1, 'queued'),
          aServer(5, 1, 'verified', { mayFail: true }),
          aServer(6, 2, 'verified'),
          aServer(7, 2, 'queued'),
          aServer(8, 0, 'queued'),
        ];
        const taken = 'APPLICATION_FAILED';
        expect(codes(applyFailurePolicy(records, policyOf()))).toEqual({
          rollBack: { ...(lost === 'failed' ? { 1: 'NOT_LAUNCHED' } : {}), 2: taken, 3: taken, 5: taken },
          leaveOut: { 4: taken },
        });
      },
    );

    it('is named with the member and the reason that tells most, and what to do', () => {
      const records = [
        aServer(1, 1, 'failed', { hostname: 'db-1', reasons: [cause, logged] }),
        aServer(2, 1, 'verified', { applicationName: 'Shop' }),
      ];
      expect(applyFailurePolicy(records, policyOf()).rollBack.get(sourceServerID(2))).toEqual({
        code: 'APPLICATION_FAILED',
        fact: `db-1 (${sourceServerID(1)}), which must succeed in application Shop, failed: LAUNCH_FAILED, no room`,
        source: 'failure policy',
        remedy: 'Mend what failed, then cut the whole application over in a new run.',
      });
    });

    it('names the member that failed itself, not one that was only taken along', () => {
      const records = [
        aServer(1, 1, 'rolled back', { launch: 'PASSED', reasons: [taken] }),
        aServer(2, 1, 'rolled back'),
        aServer(3, 1, 'in flight'),
      ];
      const { rollBack } = applyFailurePolicy(records, policyOf());
      expect(rollBack.get(sourceServerID(3))?.fact).toContain(`${sourceServerID(2)}, which must succeed`);
    });

    it('is brought back with a member that is, although that one did not fail', () => {
      const records = [
        aServer(1, 1, 'rolling back', { launch: 'PENDING', reasons: [late] }),
        aServer(2, 1, 'verified'),
      ];
      expect(applyFailurePolicy(records, policyOf()).rollBack.get(sourceServerID(2))?.fact).toBe(
        `${sourceServerID(1)}, which must succeed in application ${applicationID(1)}, is brought back: it was not verified in time`,
      );
    });

    it('outlives a member that may fail, which is brought back alone', () => {
      const records = [
        aServer(1, 1, 'failed', { mayFail: true }),
        aServer(2, 1, 'verified'),
        aServer(3, 1, 'queued'),
        aServer(4, 1, 'not started', { mayFail: true }),
      ];
      expect(codes(applyFailurePolicy(records, policyOf()))).toEqual({ rollBack: { 1: 'NOT_LAUNCHED' }, leaveOut: {} });
    });

    it('that is finalized in part is past its point of no return: only what failed itself is brought back', () => {
      const records = [
        aServer(1, 1, 'finalized'),
        aServer(2, 1, 'needs a person'),
        aServer(3, 1, 'verified'),
        aServer(4, 1, 'failed'),
        aServer(5, 1, 'queued'),
      ];
      for (const wave of ['independent', 'atomic'] as const) {
        expect(codes(applyFailurePolicy(records, policyOf({ wave })))).toEqual({
          rollBack: { 4: 'NOT_LAUNCHED' },
          leaveOut: { 5: 'APPLICATION_FAILED' },
        });
      }
    });
  });

  describe('an independent application', () => {
    const records = [aServer(1, 1, 'failed'), aServer(2, 1, 'verified'), aServer(3, 1, 'queued')];
    const others = [aServer(4, 2, 'failed'), aServer(5, 2, 'verified')];

    it('loses what failed and nothing else', () => {
      expect(codes(applyFailurePolicy([...records, ...others], policyOf({ application: 'independent' })))).toEqual({
        rollBack: { 1: 'NOT_LAUNCHED', 4: 'NOT_LAUNCHED' },
        leaveOut: {},
      });
    });

    it.each([
      { independentApplicationIDs: [applicationID(1)] },
      { application: 'independent' as const, atomicApplicationIDs: [applicationID(2)] },
    ])('may be an exception, %j', (policy) => {
      expect(codes(applyFailurePolicy([...records, ...others], policyOf(policy)))).toEqual({
        rollBack: { 1: 'NOT_LAUNCHED', 4: 'NOT_LAUNCHED', 5: 'APPLICATION_FAILED' },
        leaveOut: {},
      });
    });
  });

  it('takes servers without an application for an application each', () => {
    const records = [aServer(1, 0, 'failed'), aServer(2, 0, 'verified'), aServer(3, 0, 'queued')];
    expect(codes(applyFailurePolicy(records, policyOf()))).toEqual({ rollBack: { 1: 'NOT_LAUNCHED' }, leaveOut: {} });
  });

  it('gives a server that failed without a reason one', () => {
    const { rollBack } = applyFailurePolicy([aServer(1, 0, 'failed', { reasons: [] })], policyOf());
    expect(codesOf(rollBack)).toEqual({ 1: 'LAUNCH_FAILED' });
  });

  describe('an atomic wave', () => {
    const policy = policyOf({ wave: 'atomic', application: 'independent' });

    it('is brought back as a whole when a server fails that must succeed', () => {
      const records = [aServer(1, 1, 'failed'), aServer(2, 2, 'verified'), aServer(3, 0, 'queued')];
      const decision = applyFailurePolicy(records, policy);
      expect(codes(decision)).toEqual({
        rollBack: { 1: 'NOT_LAUNCHED', 2: 'WAVE_FAILED' },
        leaveOut: { 3: 'WAVE_FAILED' },
      });
      expect(decision.isStopped).toBe(true);
      expect(decision.leaveOut.get(sourceServerID(3))?.fact).toBe(
        `${sourceServerID(1)}, which must succeed in this all-or-nothing wave, failed: launchStatus is FAILED`,
      );
    });

    it('goes on when one fails that may', () => {
      const records = [aServer(1, 1, 'failed', { mayFail: true }), aServer(2, 2, 'verified'), aServer(3, 0, 'queued')];
      const decision = applyFailurePolicy(records, policy);
      expect(codes(decision)).toEqual({ rollBack: { 1: 'NOT_LAUNCHED' }, leaveOut: {} });
      expect(decision.isStopped).toBe(false);
    });
  });

  describe('stopAt', () => {
    const independent = { application: 'independent' } as const;

    it('starts nothing further once so many servers failed, and says how many', () => {
      const failed = [aServer(1, 1, 'failed'), aServer(2, 0, 'rolled back', { mayFail: true })];
      const others = [aServer(3, 0, 'in flight'), aServer(4, 0, 'queued', { mayFail: true }), aServer(5, 1, 'queued')];
      const policy = policyOf({ stopAt: { servers: 2 } });
      const decision = applyFailurePolicy([...failed, ...others], policy);
      expect(codes(decision)).toEqual({
        rollBack: { 1: 'NOT_LAUNCHED' },
        leaveOut: { 4: 'WAVE_STOPPED', 5: 'APPLICATION_FAILED' },
      });
      expect(decision.isStopped).toBe(true);
      expect(decision.leaveOut.get(sourceServerID(4))?.fact).toBe('2 of 5 source servers failed; stopAt is 2 servers');
      expect(applyFailurePolicy([...failed.slice(1), ...others], policy).isStopped).toBe(false);
    });

    it.each([
      ['at 10 % of 20', 2, 18, 0, true],
      ['not below it', 1, 18, 0, false],
      ['and blocked servers are not among those that were to be cut over', 2, 18, 30, true],
      ['of 21, 2 are less than 10 %', 2, 19, 0, false],
    ])('by percentage: %s', (_what, failed, queued, blocked, isStopped) => {
      const standing = (index: number): Standing =>
        index < failed ? 'failed' : index < failed + queued ? 'queued' : 'blocked';
      const records = Array.from({ length: failed + queued + blocked }, (_, index) =>
        aServer(index + 1, 0, standing(index)),
      );
      const decision = applyFailurePolicy(records, policyOf({ ...independent, stopAt: { percent: 10 } }));
      expect(decision.isStopped).toBe(isStopped);
      expect(decision.leaveOut.size).toBe(isStopped ? queued : 0);
    });

    it('is not reached when nothing failed, even if everything is blocked', () => {
      expect(applyFailurePolicy([aServer(1, 0, 'blocked')], policyOf({ stopAt: { percent: 1 } })).isStopped).toBe(
        false,
      );
    });

    it('counts what failed, not what was taken along or never started', () => {
      const records = [
        aServer(1, 1, 'rolled back'),
        aServer(2, 1, 'rolled back', { launch: 'PASSED', reasons: [taken] }),
        aServer(3, 1, 'rolling back', { launch: 'PENDING', reasons: [taken] }),
        aServer(4, 1, 'not started'),
        aServer(5, 2, 'queued'),
      ];
      expect(applyFailurePolicy(records, policyOf({ stopAt: { servers: 2 } })).isStopped).toBe(false);
      expect(applyFailurePolicy(records, policyOf({ stopAt: { servers: 1 } })).isStopped).toBe(true);
    });

    it.each<[string, Standing, Partial<PolicyServer>, boolean]>([
      ['is finalized, although it was to be brought back', 'finalized', { rollback }, false],
      [
        'was taken along, whatever else is said of it',
        'rolled back',
        { launch: 'PASSED', reasons: [late, taken] },
        false,
      ],
      [
        'is rolled back, although nobody knows since when',
        'rolled back',
        { launch: 'PASSED', rollback: undefined },
        true,
      ],
    ])('with one server that %s', (_what, standing, fields, isStopped) => {
      const records = [aServer(1, 1, standing, fields), aServer(2, 2, 'queued')];
      expect(applyFailurePolicy(records, policyOf({ stopAt: { servers: 1 } })).isStopped).toBe(isStopped);
    });

    it('leaves alone what needs a person and is not being brought back', () => {
      const left = aServer(2, 1, 'needs a person', { rollback: undefined });
      const decision = applyFailurePolicy([aServer(1, 1, 'failed'), left, aServer(3, 1, 'verified')], policyOf());
      expect(codes(decision).rollBack).toEqual({ 1: 'NOT_LAUNCHED', 3: 'APPLICATION_FAILED' });
    });

    it('counts what is brought back for a reason of its own, and a way back that needs a person', () => {
      const records = [
        aServer(1, 0, 'rolling back', { launch: 'PENDING', reasons: [late] }),
        aServer(2, 0, 'needs a person', { reasons: [taken] }),
        aServer(3, 0, 'queued'),
      ];
      expect(codes(applyFailurePolicy(records, policyOf({ stopAt: { servers: 2 } }))).leaveOut).toEqual({
        3: 'WAVE_STOPPED',
      });
    });

    it('brings an atomic application back of which a part would never be started', () => {
      const records = [aServer(1, 0, 'failed'), aServer(2, 1, 'verified'), aServer(3, 1, 'queued')];
      const decision = applyFailurePolicy(records, policyOf({ stopAt: { servers: 1 } }));
      expect(codes(decision)).toEqual({
        rollBack: { 1: 'NOT_LAUNCHED', 2: 'APPLICATION_FAILED' },
        leaveOut: { 3: 'WAVE_STOPPED' },
      });
      expect(decision.rollBack.get(sourceServerID(2))?.fact).toBe(
        `${sourceServerID(3)}, which must succeed in application ${applicationID(1)}, was not started because the wave was stopped`,
      );
    });
  });

  describe('priority groups', () => {
    const inGroup = (priorityGroup: number, fields: Partial<PolicyServer> = {}) => ({ priorityGroup, ...fields });

    it('does not start later groups when a server fails that must succeed; its own group goes on', () => {
      const records = [
        aServer(1, 1, 'failed', inGroup(2, { hostname: 'dc-1' })),
        aServer(2, 2, 'queued', inGroup(2)),
        aServer(3, 3, 'queued', inGroup(1)),
        aServer(4, 4, 'queued', inGroup(3)),
        aServer(5, 5, 'queued', inGroup(5, { mayFail: true })),
        aServer(6, 6, 'in flight', inGroup(5)),
      ];
      const decision = applyFailurePolicy(records, policyOf());
      expect(codes(decision)).toEqual({
        rollBack: { 1: 'NOT_LAUNCHED' },
        leaveOut: { 4: 'PRIORITY_GROUP_FAILED', 5: 'PRIORITY_GROUP_FAILED' },
      });
      expect(decision.leaveOut.get(sourceServerID(4))?.fact).toBe(
        `dc-1 (${sourceServerID(1)}), which must succeed in priority group 2, failed: launchStatus is FAILED`,
      );
    });

    it('starts later groups although one failed that may', () => {
      const records = [aServer(1, 1, 'failed', inGroup(1, { mayFail: true })), aServer(2, 2, 'queued', inGroup(2))];
      expect(codes(applyFailurePolicy(records, policyOf())).leaveOut).toEqual({});
    });

    it('follows the consequences through applications that span groups, in one decision', () => {
      const records = [
        aServer(1, 1, 'failed', inGroup(1)),
        aServer(2, 2, 'verified', inGroup(1)),
        aServer(3, 2, 'queued', inGroup(2)),
      ];
      expect(codes(applyFailurePolicy(records, policyOf()))).toEqual({
        rollBack: { 1: 'NOT_LAUNCHED', 2: 'APPLICATION_FAILED' },
        leaveOut: { 3: 'PRIORITY_GROUP_FAILED' },
      });
    });
  });
});

describe('startableGroup', () => {
  const groupOf = (...members: [number, Standing, Partial<PolicyServer>?][]) =>
    startableGroup(
      members.map(([priorityGroup, standing, fields], index) =>
        aServer(index + 1, 0, standing, { priorityGroup, ...fields }),
      ),
    );

  it('is the lowest group with queued servers, whatever its number', () => {
    expect(groupOf([5, 'queued'], [2, 'queued'], [4, 'queued'])).toBe(2);
  });

  const cases: [Standing, number | undefined, number][] = [
    ['queued', 1, 1],
    ['in flight', 1, 1],
    ['verified', 2, 2],
    ['finalized', 2, 2],
    ...lostStandings.map((lost): [Standing, undefined, number] => [lost, undefined, 2]),
  ];
  it.each(cases)(
    'with the first group’s server %s is %s if it must succeed, %s if it may fail',
    (standing, must, may) => {
      expect(groupOf([1, standing], [2, 'queued'])).toBe(must);
      expect(groupOf([1, 'verified'], [1, standing, { mayFail: true }], [2, 'queued'])).toBe(may);
    },
  );

  it('stays with a group of which one failed until the others are through', () => {
    expect(groupOf([1, 'rolled back'], [1, 'queued'], [2, 'queued'])).toBe(1);
  });

  it('is none when all is said and done', () => {
    expect(groupOf([1, 'verified'], [5, 'verified'])).toBeUndefined();
    expect(groupOf()).toBeUndefined();
  });
});

describe('completeApplications', () => {
  const completed = (records: readonly PolicyServer[], policy = policyOf()) =>
    codesOf(completeApplications(records, policy));

  it('blocks the rest of an atomic application that lacks a server, and says which', () => {
    const records = [aServer(1, 1, 'blocked'), aServer(2, 1, 'queued'), aServer(3, 2, 'queued')];
    const reasons = completeApplications(records, policyOf());
    expect(codesOf(reasons)).toEqual({ 2: 'APPLICATION_INCOMPLETE' });
    expect(reasons.get(sourceServerID(2))).toMatchObject({
      fact: `${sourceServerID(1)}, which must succeed in application ${applicationID(1)}, is blocked: launchStatus is FAILED`,
      remedy:
        'Mend what blocks it, or name it in options.failurePolicy.mayFail to cut the whole application over without it.',
    });
  });

  it('lets an application go on without what may fail, or where its servers are independent', () => {
    const may = [aServer(1, 1, 'blocked', { mayFail: true }), aServer(2, 1, 'queued')];
    expect(completed(may)).toEqual({});
    const must = [aServer(1, 1, 'blocked'), aServer(2, 1, 'queued')];
    expect(completed(must, policyOf({ application: 'independent' }))).toEqual({});
  });

  it('blocks all of an atomic wave', () => {
    const records = [aServer(1, 0, 'blocked'), aServer(2, 1, 'queued'), aServer(3, 0, 'queued', { mayFail: true })];
    expect(completed(records, policyOf({ wave: 'atomic' }))).toEqual({ 2: 'WAVE_INCOMPLETE', 3: 'WAVE_INCOMPLETE' });
  });

  it('blocks later groups, and what depends on those', () => {
    const records = [
      aServer(1, 0, 'blocked', { priorityGroup: 1 }),
      aServer(2, 0, 'queued', { priorityGroup: 1 }),
      aServer(3, 1, 'queued', { priorityGroup: 2 }),
      aServer(4, 1, 'queued', { priorityGroup: 1 }),
    ];
    const reasons = completeApplications(records, policyOf());
    expect(codesOf(reasons)).toEqual({ 3: 'PRIORITY_GROUP_BLOCKED', 4: 'APPLICATION_INCOMPLETE' });
    expect(reasons.get(sourceServerID(4))?.fact).toBe(
      `${sourceServerID(3)}, which must succeed in application ${applicationID(1)}, is blocked because an earlier priority group is incomplete`,
    );
  });
});

describe('pastPointOfNoReturn', () => {
  const records = [
    aServer(1, 1, 'finalized'),
    aServer(2, 1, 'verified'),
    aServer(3, 2, 'verified'),
    aServer(4, 0, 'queued'),
  ];
  const past = (policy: ReturnType<typeof policyOf>, among = records) =>
    [...pastPointOfNoReturn(among, policy)].map(({ sourceServerID: id }) => Number(id.slice(2)));

  it('is an atomic application of which something is finalized, and no other', () => {
    expect(past(policyOf())).toEqual([1, 2]);
    expect(past(policyOf({ application: 'independent' }))).toEqual([]);
  });

  it('is the whole of an atomic wave of which something is finalized', () => {
    expect(past(policyOf({ wave: 'atomic' }))).toEqual([1, 2, 3, 4]);
    expect(past(policyOf({ wave: 'atomic' }), records.slice(1))).toEqual([]);
  });
});
