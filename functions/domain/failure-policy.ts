/**
 * What a failed source server takes along: which started servers are brought back, which queued ones are not started any
 * more, and which priority group may start. It looks at the run's records alone, follows every decision to its last
 * consequence at once, and comes to the same whatever the order of the records.
 */
import type { FailurePolicy } from './failure-policy-options.ts';
import type { SourceServerID } from './identifiers.ts';
import { bareFact, tellingReason, type Reason } from './reason.ts';
import type { ServerRecord } from './server-record.ts';
import { nameOf } from './source-server.ts';

/** The part of a server record that the failure policy looks at. */
export type PolicyServer = Pick<
  ServerRecord,
  | 'sourceServerID'
  | 'hostname'
  | 'applicationID'
  | 'applicationName'
  | 'priorityGroup'
  | 'mayFail'
  | 'launch'
  | 'verdict'
  | 'reasons'
  | 'cutover'
  | 'rollback'
>;

/** What is to be done about failures now. Who acts on it keeps each reason in its server's record. */
export interface PolicyDecision {
  /** Started servers to bring back, and why; one that failed by itself has its own telling reason. */
  readonly rollBack: ReadonlyMap<SourceServerID, Reason>;
  /**
   * Servers without a cutover that must not be started any more, and why. The records do not show a start whose answer is
   * lost; a server of such an attempt is left out only once it is known that the call had no effect.
   */
  readonly leaveOut: ReadonlyMap<SourceServerID, Reason>;
  /** Whether no further server of the wave may be started: `stopAt` is reached, or an all-or-nothing wave failed. */
  readonly isStopped: boolean;
}

const isStarted = (server: PolicyServer) => server.cutover !== undefined;
const isFinalized = (server: PolicyServer) => server.verdict === 'FINALIZED';

/** Not cut over, and not going to be: it failed, is or was brought back, was blocked or not started, or needs a person. */
function isLost(server: PolicyServer): boolean {
  if (isFinalized(server)) return false;
  if (server.launch === 'FAILED' || server.rollback !== undefined) return true;
  return server.verdict !== undefined && server.verdict !== 'VERIFIED';
}

/** Queued or in flight: what becomes of it is open. */
const isOpen = (server: PolicyServer) => !isLost(server) && server.verdict === undefined;

/** Whether something can still be decided about it: nothing was said of it finally, and it is not being brought back. */
function isDecidable(server: PolicyServer): boolean {
  if (server.rollback !== undefined) return false;
  return server.verdict === undefined || (server.verdict === 'VERIFIED' && isStarted(server));
}

/** What a lost server takes along, as the codes and words of the reasons given. */
interface Wording {
  readonly application: string;
  readonly wave: string;
  readonly group: string;
  /** What is said of a server without a cutover that is taken along. */
  readonly notStarted: string;
  readonly remedyOf: (whole: string) => string;
}

const failing: Wording = {
  application: 'APPLICATION_FAILED',
  wave: 'WAVE_FAILED',
  group: 'PRIORITY_GROUP_FAILED',
  notStarted: 'was not started',
  remedyOf: (whole) => `Mend what failed, then cut ${whole} over in a new run.`,
};

const blocking: Wording = {
  application: 'APPLICATION_INCOMPLETE',
  wave: 'WAVE_INCOMPLETE',
  group: 'PRIORITY_GROUP_BLOCKED',
  notStarted: 'is blocked',
  remedyOf: (whole) =>
    `Mend what blocks it, or name it in options.failurePolicy.mayFail to cut ${whole} over without it.`,
};

/** The reasons given here, as the cause of what follows from them. */
const causes: Readonly<Record<string, string>> = {
  APPLICATION_FAILED: 'its application failed',
  WAVE_FAILED: 'the wave failed',
  PRIORITY_GROUP_FAILED: 'an earlier priority group failed',
  WAVE_STOPPED: 'the wave was stopped',
  APPLICATION_INCOMPLETE: 'its application is incomplete',
  WAVE_INCOMPLETE: 'the wave is incomplete',
  PRIORITY_GROUP_BLOCKED: 'an earlier priority group is incomplete',
};

const isFromPolicy = ({ code }: Reason) => Object.hasOwn(causes, code);

/**
 * What the policy asks for now. Marking the servers accordingly (the reason in the record, `rollback` set or a verdict
 * given) and asking again gives nothing new.
 *
 * Lost is a server that failed, is or was brought back, needs a person, was blocked or not started. A lost server that
 * must succeed takes along its application where that is atomic, the wave where that is, and the start of later priority
 * groups. An application or wave of which something is finalized is past its point of no return: what is started of it
 * is not taken along any more, and only what failed itself is brought back.
 */
export function applyFailurePolicy(records: readonly PolicyServer[], policy: FailurePolicy): PolicyDecision {
  const servers = inOrder(records);
  const stopped = stopReason(servers, policy);
  const decided = spread(servers, policy, failing, stopped);
  const started = new Set(servers.filter(isStarted).map(({ sourceServerID }) => sourceServerID));
  const isWaveLost = policy.wave === 'atomic' && servers.some((server) => !server.mayFail && isLost(server));
  return {
    rollBack: new Map([...decided].filter(([id]) => started.has(id))),
    leaveOut: new Map([...decided].filter(([id]) => !started.has(id))),
    isStopped: stopped !== undefined || isWaveLost,
  };
}

/**
 * The servers that are blocked because others are, when a wave goes on without what failed validation: the rest of an
 * atomic application or wave that lacks a server which must succeed, and the priority groups after it. Their reasons,
 * by server; those that are blocked already are not repeated.
 */
export function completeApplications(
  records: readonly PolicyServer[],
  policy: FailurePolicy,
): ReadonlyMap<SourceServerID, Reason> {
  return spread(inOrder(records), policy, blocking, undefined);
}

/**
 * The priority group that may start servers now: the lowest one with servers that are queued or in flight, provided that
 * in every group before it all that must succeed are verified or finalized. Undefined when there is none.
 */
export function startableGroup(records: readonly PolicyServer[]): number | undefined {
  const groups = [...new Set(records.map(({ priorityGroup }) => priorityGroup))].sort((one, other) => one - other);
  for (const group of groups) {
    const members = records.filter(({ priorityGroup }) => priorityGroup === group);
    if (members.some(isOpen)) return group;
    if (members.some((server) => !server.mayFail && isLost(server))) return undefined;
  }
  return undefined;
}

function inOrder(records: readonly PolicyServer[]): PolicyServer[] {
  return [...records].sort((one, other) => (one.sourceServerID < other.sourceServerID ? -1 : 1));
}

/**
 * Whether this server's own failure is what it is lost by. What was only taken along does not count towards `stopAt`:
 * one bad server of a large application is one failure.
 */
function failedItself(server: PolicyServer): boolean {
  if (isFinalized(server)) return false;
  if (server.launch === 'FAILED' || server.verdict === 'NEEDS_A_PERSON') return true;
  const isBroughtBack = isStarted(server) && (server.rollback !== undefined || server.verdict === 'ROLLED_BACK');
  return isBroughtBack && !server.reasons.some(isFromPolicy);
}

function stopReason(servers: readonly PolicyServer[], { stopAt }: FailurePolicy): Reason | undefined {
  if (stopAt === undefined) return undefined;
  const failed = servers.filter(failedItself).length;
  const total = servers.filter(({ verdict }) => verdict !== 'BLOCKED').length;
  const isReached = 'servers' in stopAt ? failed >= stopAt.servers : failed * 100 >= stopAt.percent * total;
  if (failed === 0 || !isReached) return undefined;
  const limit = 'servers' in stopAt ? `${String(stopAt.servers)} servers` : `${String(stopAt.percent)} %`;
  return {
    code: 'WAVE_STOPPED',
    fact: `${String(failed)} of ${String(total)} source servers failed; stopAt is ${limit}`,
    source: 'failure policy',
    remedy: 'Find out what the failures have in common, then cut over what is left in a new run.',
  };
}

/**
 * Follows what is lost to its last consequence: what is taken along is lost as well, and may take others along. Goes in
 * rounds, each of which looks only at what the rounds before decided; there are at most as many as servers.
 */
function spread(
  servers: readonly PolicyServer[],
  policy: FailurePolicy,
  wording: Wording,
  stopped: Reason | undefined,
): Map<SourceServerID, Reason> {
  const decided = new Map<SourceServerID, Reason>();
  const finalized = scopesWithFinalized(servers);
  for (;;) {
    const losses = findLosses(servers, decided, wording);
    const added = servers.flatMap((server) => {
      if (!isDecidable(server) || decided.has(server.sourceServerID)) return [];
      const takenAlong = reasonFrom(losses, server, policy, wording, finalized);
      const reason = ownReason(server) ?? takenAlong ?? (isStarted(server) ? undefined : stopped);
      return reason === undefined ? [] : [[server.sourceServerID, reason] as const];
    });
    if (added.length === 0) return decided;
    for (const [id, reason] of added) decided.set(id, reason);
  }
}

const unbelieved: Reason = { code: 'LAUNCH_FAILED', fact: 'its launch was not believed', source: 'ledger' };

function ownReason({ launch, reasons }: PolicyServer): Reason | undefined {
  return launch === 'FAILED' ? (tellingReason(reasons) ?? unbelieved) : undefined;
}

/** A server without an application is an application of its own, with nobody to take along. */
const applicationOf = (server: PolicyServer): string => server.applicationID ?? server.sourceServerID;

function isAtomic(server: PolicyServer, policy: FailurePolicy): boolean {
  const { applicationID } = server;
  if (applicationID === undefined) return false;
  if (policy.atomicApplicationIDs?.includes(applicationID) === true) return true;
  if (policy.independentApplicationIDs?.includes(applicationID) === true) return false;
  return policy.application === 'atomic';
}

interface FinalizedScopes {
  readonly applications: ReadonlySet<string>;
  readonly isAny: boolean;
}

function scopesWithFinalized(servers: readonly PolicyServer[]): FinalizedScopes {
  const applications = new Set(servers.filter(isFinalized).map(applicationOf));
  return { applications, isAny: applications.size > 0 };
}

/**
 * The source servers of an application or wave that is cut over as a whole or not at all, and of which something is
 * finalized. To bring one back would leave half of it behind for good.
 */
export function pastPointOfNoReturn<Server extends PolicyServer>(
  records: readonly Server[],
  policy: FailurePolicy,
): ReadonlySet<Server> {
  const { applications, isAny } = scopesWithFinalized(records);
  const isPast = (record: Server) =>
    (policy.wave === 'atomic' && isAny) || (isAtomic(record, policy) && applications.has(applicationOf(record)));
  return new Set(records.filter(isPast));
}

/** A lost server that must succeed; `what` says who it is and what became of it, around the name of its scope. */
interface Loss {
  readonly server: PolicyServer;
  readonly what: (scope: string) => string;
}

/** The first loss of each scope. */
interface Losses {
  readonly byApplication: ReadonlyMap<string, Loss>;
  readonly ofWave: Loss | undefined;
  readonly ofLowestGroup: Loss | undefined;
}

/** Of several losses those are named that were not taken along themselves: they are what a person has to mend. */
function findLosses(
  servers: readonly PolicyServer[],
  decided: ReadonlyMap<SourceServerID, Reason>,
  wording: Wording,
): Losses {
  const lost = servers
    .filter((server) => !server.mayFail && (isLost(server) || decided.has(server.sourceServerID)))
    .map((server) => {
      const reason = decided.get(server.sourceServerID) ?? tellingReason(server.reasons);
      const isOwn = reason === undefined || !isFromPolicy(reason);
      return { server, isOwn, what: (scope: string) => describeLoss(server, reason, scope, wording) };
    });
  const ranked = [...lost.filter(({ isOwn }) => isOwn), ...lost.filter(({ isOwn }) => !isOwn)];
  const byApplication = new Map<string, Loss>();
  for (const loss of ranked) {
    const application = applicationOf(loss.server);
    if (!byApplication.has(application)) byApplication.set(application, loss);
  }
  const lowestGroup = Math.min(...ranked.map(({ server }) => server.priorityGroup));
  return {
    byApplication,
    ofWave: ranked[0],
    ofLowestGroup: ranked.find(({ server }) => server.priorityGroup === lowestGroup),
  };
}

function describeLoss(
  server: PolicyServer,
  reason: Reason | undefined,
  scope: string,
  { notStarted }: Wording,
): string {
  const became = whatBecameOf(server, notStarted);
  const cause = reason && causes[reason.code];
  const because = cause === undefined ? (reason === undefined ? '' : `: ${bareFact(reason)}`) : ` because ${cause}`;
  return `${nameOf(server)}, which must succeed in ${scope}, ${became}${because}`;
}

function whatBecameOf(server: PolicyServer, notStarted: string): string {
  if (server.verdict === 'NEEDS_A_PERSON') return 'needs a person';
  if (server.verdict === 'BLOCKED') return 'is blocked';
  if (server.launch === 'FAILED') return 'failed';
  return isStarted(server) ? 'is brought back' : notStarted;
}

/** Why this server is taken along by what is lost; later priority groups are kept from starting, not brought back. */
function reasonFrom(
  losses: Losses,
  server: PolicyServer,
  policy: FailurePolicy,
  wording: Wording,
  finalized: FinalizedScopes,
): Reason | undefined {
  const application = applicationOf(server);
  const ofApplication = isAtomic(server, policy) ? losses.byApplication.get(application) : undefined;
  if (ofApplication !== undefined && !(isStarted(server) && finalized.applications.has(application))) {
    const scope = `application ${server.applicationName ?? application}`;
    return taken(wording.application, ofApplication.what(scope), wording.remedyOf('the whole application'));
  }
  const ofWave = policy.wave === 'atomic' ? losses.ofWave : undefined;
  if (ofWave !== undefined && !(isStarted(server) && finalized.isAny)) {
    return taken(wording.wave, ofWave.what('this all-or-nothing wave'), wording.remedyOf('the whole wave'));
  }
  const earlier = losses.ofLowestGroup;
  if (isStarted(server) || earlier === undefined || earlier.server.priorityGroup >= server.priorityGroup)
    return undefined;
  const scope = `priority group ${String(earlier.server.priorityGroup)}`;
  return taken(wording.group, earlier.what(scope), wording.remedyOf('what is left'));
}

function taken(code: string, fact: string, remedy: string): Reason {
  return { code, fact, source: 'failure policy', remedy };
}
