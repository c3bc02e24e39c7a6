/**
 * What went wrong, for the place on the screen that never scrolls: each cause once, in the service's own words, with what
 * it takes along and what a person may safely do next.
 */
import { bareFact, tellingReason, type Reason } from '../../functions/domain/reason.ts';
import { nameOf } from '../../functions/domain/source-server.ts';
import type { ServerEntry } from './board.ts';
import { plain } from './fit.ts';
import type { Standing } from './style.ts';

/** One cause, of one source server or of several of one application that failed alike. */
export interface Failure {
  readonly standing: Standing;
  readonly servers: readonly ServerEntry[];
  /** What was seen, in the service's words. */
  readonly cause: string;
  readonly remedy: string | undefined;
  /** What it takes along, in words. */
  readonly blastRadius: string;
  /** What a person may do, as far as the ledger knows: a command or a sentence. */
  readonly nextStep: string | undefined;
}

/** Reasons that name another source server as the cause (`failure-policy.ts`). */
const takenAlong: Readonly<Record<string, string>> = {
  APPLICATION_FAILED: 'its application',
  APPLICATION_INCOMPLETE: 'its application',
  WAVE_FAILED: 'the whole wave',
  WAVE_INCOMPLETE: 'the whole wave',
  PRIORITY_GROUP_FAILED: 'later priority groups',
  PRIORITY_GROUP_BLOCKED: 'later priority groups',
};

/** A person's own decision is no failure. */
const decided: readonly string[] = ['ROLLBACK_REQUESTED', 'NOT_COMMITTED_IN_TIME'];

const isTakenAlong = ({ code }: Reason) => Object.hasOwn(takenAlong, code);

/** The failures, the most urgent first: who needs a person, who is not back yet, who is back, who was never touched. */
export function failuresOf(servers: readonly ServerEntry[]): Failure[] {
  const lost = servers.filter(({ standing }) => order.includes(standing));
  if (lost.length === 0) return [];
  const culprits = new Map<string, ServerEntry[]>();
  const victims = new Map<string, ServerEntry[]>();
  for (const entry of lost) {
    const reason = ownReason(entry);
    if (reason !== undefined) {
      const key = [entry.wave, entry.application, entry.record.phase, reason.code, reason.fact].join('\u0000');
      culprits.set(key, [...(culprits.get(key) ?? []), entry]);
    }
    const culprit = culpritOf(entry);
    if (culprit !== undefined) victims.set(culprit, [...(victims.get(culprit) ?? []), entry]);
  }
  return [...culprits.values()]
    .flatMap((members) => failureOf(members, victims))
    .sort((one, other) => rankOf(one) - rankOf(other));
}

const order: readonly Standing[] = ['person', 'bad', 'undone'];
const rankOf = ({ standing, servers }: Failure) =>
  order.indexOf(standing) * 2 + (servers[0]?.record.phase === 'blocked' ? 1 : 0);

/** Why it is lost by itself; undefined where it was only taken along. Who needs a person does so by itself. */
function ownReason({ record: { reasons, phase, rollback } }: ServerEntry): Reason | undefined {
  const problems = phase === 'needs a person' ? (rollback?.problems ?? []) : [];
  const own = [...reasons.filter((reason) => !isTakenAlong(reason) && !decided.includes(reason.code)), ...problems];
  const reason = tellingReason(own);
  if (reason !== undefined || phase !== 'needs a person') return reason;
  return reasons[0] ?? { code: 'NEEDS_A_PERSON', fact: 'a person has to look at it', source: 'ledger' };
}

/** Whom its reasons name as the one that took it along. */
function culpritOf({ record: { reasons } }: ServerEntry): string | undefined {
  const reason = reasons.find(isTakenAlong);
  return reason && /^(.*?), which must succeed in /.exec(reason.fact)?.[1];
}

function failureOf(
  members: readonly ServerEntry[],
  victims: ReadonlyMap<string, readonly ServerEntry[]>,
): Failure | [] {
  const [first] = members;
  const reason = first && ownReason(first);
  if (first === undefined || reason === undefined) return [];
  const along = members
    .flatMap(({ record }) => victims.get(nameOf(record)) ?? [])
    .filter((victim) => !members.includes(victim));
  return {
    standing: first.standing,
    servers: members,
    cause: plain(bareFact(reason)),
    remedy: reason.remedy === undefined ? undefined : plain(reason.remedy),
    blastRadius: radiusWords(along),
    nextStep: members.flatMap(({ record }) => record.nextSteps)[0],
  };
}

/** Such as `takes 3 along: 2 brought back, 1 not started (its application)`. */
function radiusWords(along: readonly ServerEntry[]): string {
  if (along.length === 0) return 'takes no other server along';
  const started = along.filter(({ record }) => record.cutover !== undefined).length;
  const parts = [
    started === 0 ? [] : `${String(started)} brought back`,
    started === along.length ? [] : `${String(along.length - started)} not started`,
  ].flat();
  const scopes = new Set(along.flatMap(({ record }) => record.reasons.find(isTakenAlong)?.code ?? []));
  const words = [...new Set([...scopes].map((code) => takenAlong[code] ?? ''))].join(', ');
  return `takes ${String(along.length)} along: ${parts.join(', ')} (${words})`;
}
