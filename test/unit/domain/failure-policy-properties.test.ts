/** What holds of every night under every failure policy: nights and policies are drawn from a seed. */
import * as v from 'valibot';
import { FailurePolicySchema, type FailurePolicy } from '../../../functions/domain/failure-policy-options.ts';
import {
  applyFailurePolicy,
  completeApplications,
  startableGroup,
  type PolicyDecision,
  type PolicyServer,
} from '../../../functions/domain/failure-policy.ts';
import type { Reason } from '../../../functions/domain/reason.ts';
import { seededRandom, type Random } from '../../../simulator/seeded-random.ts';
import { applicationID, cutoverJobID, nowMs, sourceServerID } from '../../support/domain-builders.ts';

const seeds = Array.from({ length: 100 }, (_, seed) => seed);
const cutover = { jobID: cutoverJobID, startedAt: nowMs };
const rollback = { requestedAt: nowMs, problems: [] };
const bad: Reason = { code: 'NOT_LAUNCHED', fact: 'launchStatus is FAILED', source: 'DescribeJobs' };

const oneOf = <Item>(random: Random, items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(random() * items.length)] ?? items[0];

const policyFrom = (random: Random): FailurePolicy =>
  v.parse(FailurePolicySchema, {
    application: oneOf(random, ['atomic', 'independent']),
    wave: oneOf(random, ['independent', 'independent', 'atomic']),
    ...oneOf<object>(random, [
      {},
      { independentApplicationIDs: [applicationID(1)] },
      { atomicApplicationIDs: [applicationID(1), applicationID(2)] },
    ]),
    ...oneOf(random, [{}, {}, { stopAt: { servers: 3 } }, { stopAt: { percent: 20 } }]),
  });

const isAtomic = ({ applicationID: id }: PolicyServer, policy: FailurePolicy) =>
  id === undefined ||
  policy.atomicApplicationIDs?.includes(id) === true ||
  (policy.application === 'atomic' && policy.independentApplicationIDs?.includes(id) !== true);

/** Up to 30 queued servers in up to 6 applications and 5 groups; some may fail. */
const waveFrom = (random: Random): PolicyServer[] =>
  Array.from({ length: 1 + Math.floor(random() * 30) }, (_, index) => {
    const application = Math.floor(random() * 7);
    return {
      sourceServerID: sourceServerID(index + 1),
      applicationID: application === 0 ? undefined : applicationID(application),
      priorityGroup: random() < 0.6 ? 5 : 1 + Math.floor(random() * 4),
      mayFail: random() < 0.2,
      launch: 'PENDING',
      reasons: [],
    };
  });

const shuffled = <Item>(random: Random, items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item);

/** What a handler does with a decision. */
const marked = (server: PolicyServer, { rollBack, leaveOut }: PolicyDecision): PolicyServer => {
  const back = rollBack.get(server.sourceServerID);
  const out = leaveOut.get(server.sourceServerID);
  if (back !== undefined) return { ...server, verdict: undefined, rollback, reasons: [...server.reasons, back] };
  if (out === undefined) return server;
  return { ...server, launch: 'NOT_STARTED', verdict: 'NOT_STARTED', reasons: [...server.reasons, out] };
};

/** What MGN and time make of a server in one cycle; `group` may start. */
const moved = (server: PolicyServer, random: Random, group: number | undefined): PolicyServer => {
  if (server.verdict !== undefined || random() < 0.5) return server;
  if (server.rollback !== undefined) return { ...server, verdict: random() < 0.9 ? 'ROLLED_BACK' : 'NEEDS_A_PERSON' };
  if (server.cutover === undefined) {
    if (random() < 0.02) return { ...server, launch: 'NOT_STARTED', verdict: 'NOT_STARTED', reasons: [bad] };
    return server.priorityGroup === group ? { ...server, cutover } : server;
  }
  if (random() < 0.1) return { ...server, launch: 'FAILED', reasons: [bad] };
  return random() < 0.5 ? { ...server, launch: 'PASSED' } : { ...server, launch: 'PASSED', verdict: 'VERIFIED' };
};

interface Cycle {
  readonly before: readonly PolicyServer[];
  readonly decision: PolicyDecision;
  readonly after: readonly PolicyServer[];
  readonly group: number | undefined;
}

/** A whole night of a wave, cycle by cycle, until every server has its verdict. */
const nightFrom = (seed: number): { policy: FailurePolicy; cycles: Cycle[]; end: readonly PolicyServer[] } => {
  const random = seededRandom(seed, 'night');
  const policy = policyFrom(random);
  let servers = waveFrom(random);
  const cycles: Cycle[] = [];
  while (cycles.length < 500) {
    const decision = applyFailurePolicy(servers, policy);
    const after = servers.map((server) => marked(server, decision));
    const group = startableGroup(after);
    cycles.push({ before: servers, decision, after, group });
    if (after.every(({ verdict }) => verdict !== undefined)) return { policy, cycles, end: after };
    servers = after.map((server) => moved(server, random, group));
  }
  throw new Error(`The night of seed ${String(seed)} did not end.`);
};

const isNothing = ({ rollBack, leaveOut }: PolicyDecision) => rollBack.size === 0 && leaveOut.size === 0;
const ofVerdict = (servers: readonly PolicyServer[], verdict: PolicyServer['verdict']) =>
  servers.filter((server) => server.verdict === verdict);
const keyOf = (server: PolicyServer) => server.applicationID ?? server.sourceServerID;

/** The members of each application that is to be cut over as a whole, and of the wave if that is. */
const wholes = (servers: readonly PolicyServer[], policy: FailurePolicy): PolicyServer[][] => {
  const keys = [...new Set(servers.filter((server) => isAtomic(server, policy)).map(keyOf))];
  const applications = keys.map((key) => servers.filter((server) => keyOf(server) === key));
  return policy.wave === 'atomic' ? [[...servers], ...applications] : applications;
};

describe.each(seeds)('a night of seed %i', (seed) => {
  const { policy, cycles, end } = nightFrom(seed);

  it('ends with every atomic application, and an atomic wave, verified or lost as a whole', () => {
    for (const whole of wholes(end, policy)) {
      const must = whole.filter(({ mayFail }) => !mayFail);
      const verified = ofVerdict(must, 'VERIFIED').length;
      expect([0, must.length]).toContain(verified);
      if (verified < must.length) expect(ofVerdict(whole, 'VERIFIED')).toEqual([]);
    }
  });

  it('decides the same whatever the order, and nothing new when asked again', () => {
    const random = seededRandom(seed, 'order');
    for (const { before, after, decision } of cycles) {
      expect(applyFailurePolicy(shuffled(random, before), policy)).toEqual(decision);
      const again = applyFailurePolicy(after, policy);
      expect(isNothing(again)).toBe(true);
      expect(again.isStopped).toBe(decision.isStopped);
      expect(startableGroup(shuffled(random, after))).toBe(startableGroup(after));
    }
  });

  it('brings back only what was started and is not settled, and leaves out only what was not started', () => {
    for (const { before, decision } of cycles) {
      const byID = new Map(before.map((server) => [server.sourceServerID, server]));
      for (const id of decision.rollBack.keys()) {
        const server = byID.get(id);
        expect(server?.cutover).toBeDefined();
        expect(server?.rollback).toBeUndefined();
        expect([undefined, 'VERIFIED']).toContain(server?.verdict);
      }
      for (const id of decision.leaveOut.keys()) {
        const server = byID.get(id);
        expect([server?.cutover, server?.rollback, server?.verdict]).toEqual([undefined, undefined, undefined]);
      }
    }
  });

  it('starts a group only after all that must succeed before it is verified, and never waits for nothing', () => {
    for (const { after, group, decision } of cycles) {
      const queued = after.filter(({ verdict, cutover: started }) => verdict === undefined && started === undefined);
      if (decision.isStopped) expect(queued).toEqual([]);
      if (queued.length > 0) expect(group).toBeDefined();
      if (group === undefined) continue;
      const earlier = after.filter(({ priorityGroup, mayFail }) => !mayFail && priorityGroup < group);
      expect(earlier.every(({ verdict }) => verdict === 'VERIFIED')).toBe(true);
    }
  });

  it('stays stopped once it is', () => {
    const first = cycles.findIndex(({ decision }) => decision.isStopped);
    const later = first < 0 ? [] : cycles.slice(first);
    expect(later.every(({ decision }) => decision.isStopped)).toBe(true);
  });
});

/** A wave in which every server stands anywhere, also as no night of the tool would leave it. */
const anywhere = (random: Random): PolicyServer[] =>
  waveFrom(random).map((server) => {
    const fields: Partial<PolicyServer> = oneOf<Partial<PolicyServer>>(random, [
      {},
      { cutover },
      { cutover, launch: 'PASSED' },
      { cutover, launch: 'PASSED', verdict: 'VERIFIED' },
      { cutover, launch: 'PASSED', verdict: 'FINALIZED' },
      { cutover, launch: 'FAILED', reasons: [bad] },
      { cutover, launch: 'FAILED', reasons: [bad], rollback },
      { cutover, launch: 'FAILED', reasons: [bad], rollback, verdict: 'ROLLED_BACK' },
      { cutover, launch: 'PASSED', reasons: [bad], verdict: 'NEEDS_A_PERSON' },
      { launch: 'NOT_STARTED', reasons: [bad], verdict: 'NOT_STARTED' },
      { launch: 'NOT_STARTED', reasons: [bad], verdict: 'BLOCKED' },
    ]);
    return { ...server, ...fields };
  });

describe.each(seeds)('records of any kind, seed %i', (seed) => {
  const random = seededRandom(seed, 'records');
  const policy = policyFrom(random);
  const records = anywhere(random);
  const decision = applyFailurePolicy(records, policy);
  const after = records.map((server) => marked(server, decision));

  it('never bring back what is finalized, and settle in one decision', () => {
    for (const { sourceServerID: id } of ofVerdict(records, 'FINALIZED')) {
      expect(decision.rollBack.has(id)).toBe(false);
    }
    expect(isNothing(applyFailurePolicy(after, policy))).toBe(true);
  });

  it('leave no atomic whole with a verified member and a lost one that must succeed, unless it is finalized in part', () => {
    for (const whole of wholes(after, policy)) {
      const isPastReturn = ofVerdict(whole, 'FINALIZED').length > 0;
      const isLost = (server: PolicyServer) =>
        server.rollback !== undefined || !['VERIFIED', undefined].includes(server.verdict);
      if (isPastReturn || !whole.some((server) => !server.mayFail && isLost(server))) continue;
      expect(whole.filter((server) => !isLost(server))).toEqual([]);
    }
  });

  it('touch only what failed when everything is independent', () => {
    const independent = v.parse(FailurePolicySchema, { application: 'independent' });
    const alone = records.map((server) => ({ ...server, priorityGroup: 5 }));
    const { rollBack, leaveOut } = applyFailurePolicy(alone, independent);
    const failed = alone.filter((server) => server.launch === 'FAILED' && server.rollback === undefined);
    expect([...rollBack.keys()].sort()).toEqual(failed.map(({ sourceServerID: id }) => id).sort());
    expect([...leaveOut.keys()]).toEqual([]);
  });
});

describe.each(seeds)('an assessed wave of seed %i', (seed) => {
  const random = seededRandom(seed, 'assessment');
  const policy = policyFrom(random);
  const assessed = waveFrom(random).map((server): PolicyServer =>
    random() < 0.15 ? { ...server, launch: 'NOT_STARTED', verdict: 'BLOCKED', reasons: [bad] } : server,
  );

  it('is completed so that what is left can be started, and nothing is taken along later', () => {
    const reasons = completeApplications(assessed, policy);
    const after = assessed.map((server): PolicyServer => {
      const reason = reasons.get(server.sourceServerID);
      return reason === undefined
        ? server
        : { ...server, launch: 'NOT_STARTED', verdict: 'BLOCKED', reasons: [reason] };
    });
    expect(completeApplications(shuffled(random, assessed), policy)).toEqual(reasons);
    expect(completeApplications(after, policy).size).toBe(0);
    expect(isNothing(applyFailurePolicy(after, policy))).toBe(true);
    if (after.some(({ verdict }) => verdict === undefined)) expect(startableGroup(after)).toBeDefined();
  });
});
