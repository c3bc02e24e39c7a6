/**
 * What people are to be told of a run now. It is read off the run's records and what people were told before, so it does
 * not matter who has looked before, how often, or whether an execution was redriven meanwhile.
 */
import { waitingGate } from '../domain/gate.ts';
import { isRollingBack } from '../domain/rollback-plan.ts';
import type { RunNoticeRecord } from '../domain/run-notice-record.ts';
import type { Gate, RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { readWindow } from '../domain/window.ts';

/**
 * How bad it is.
 *
 * - INFO: nothing to do.
 * - ACT: somebody should look, and may have to decide.
 * - URGENT: without a person it goes wrong, or stays wrong.
 */
export const severities = ['INFO', 'ACT', 'URGENT'] as const;
/** How bad it is; see `severities`. */
export type Severity = (typeof severities)[number];

/** What is known of a run. */
export interface RunFacts {
  readonly run: RunRecord;
  readonly servers: readonly ServerRecord[];
  /** Whether an execution is at work on it or waits for a person; what notices say the run does by itself is true only then. */
  readonly isAttended: boolean;
}

/** What people were told before, by the same channel. */
export type Told = Pick<RunNoticeRecord, 'kind' | 'key' | 'sourceServerIDs' | 'asOf'>;

/** Which time comes near while work is under way. */
export type Deadline = 'ROLLBACK_BY' | 'WINDOW_END';

/** A notice that is due. `concerned` are the source servers it is about, `key` tells it from others of its kind. */
export type DueNotice = {
  readonly severity: Severity;
  readonly key: string;
  readonly concerned: readonly ServerRecord[];
} & (
  | { readonly kind: 'GATE_OPENED' | 'GATE_DUE'; readonly gate: Gate }
  | { readonly kind: 'FAILURE' | 'PERSON_NEEDED' }
  | { readonly kind: 'ROLLBACK_BEGAN'; readonly isAsked: boolean }
  | { readonly kind: 'WINDOW_CLOSING'; readonly deadline: Deadline; readonly at: number }
  | { readonly kind: 'RUN_ENDED'; readonly end: NonNullable<RunRecord['end']> }
);

const minuteMs = 60_000;
/** How many minutes before a gate closes people are reminded, the last one first. */
export const reminderMinutes = [15, 60] as const;
/** How many minutes before the end of the window, or `rollbackBy`, people hear what is still under way. */
export const windowMinutes = 30;
/** What befalls several source servers is told at once for the first, and then at most so often, in milliseconds. */
export const groupingMs = 15 * minuteMs;

/**
 * The notices that are due at `now` (epoch milliseconds), in the order in which they are to be told.
 *
 * @throws InvalidInputError when the run's window is none.
 */
export function noticesDue(facts: RunFacts, told: readonly Told[], now: number): DueNotice[] {
  const { run } = facts;
  // A run of this name that expired may have left some behind.
  const known = told.filter(({ asOf }) => asOf >= run.createdAt);
  if (run.end !== undefined) return endDue(facts, run.end, known);
  if (!facts.isAttended) return personDue(facts, known, now);
  return [
    ...rollbackDue(facts, known, now),
    ...failureDue(facts, known, now),
    ...gateDue(facts, known, now),
    ...windowDue(facts, known, now),
    ...personDue(facts, known, now),
  ];
}

function isTold(told: readonly Told[], { kind, key }: Pick<Told, 'kind' | 'key'>): boolean {
  return told.some((one) => one.kind === kind && one.key === key);
}

function endDue({ servers }: RunFacts, end: NonNullable<RunRecord['end']>, told: readonly Told[]): DueNotice[] {
  const severityOf = {
    NEEDS_A_PERSON: 'URGENT',
    PARTIAL: 'ACT',
    REFUSED: 'ACT',
    VERIFIED: 'INFO',
    FINALIZED: 'INFO',
  } as const;
  const concerned = servers.filter(({ verdict }) => verdict !== 'VERIFIED' && verdict !== 'FINALIZED');
  const due = {
    kind: 'RUN_ENDED',
    severity: severityOf[end.outcome],
    key: String(end.endedAt),
    concerned,
    end,
  } as const;
  return isTold(told, due) ? [] : [due];
}

/** Somebody who has begun to answer holds the run, and a gate that was answered is none; neither is to be reminded. */
function gateDue({ run, servers }: RunFacts, told: readonly Told[], now: number): DueNotice[] {
  const gate = waitingGate(run);
  const isHeld = (run.holder?.heldUntil ?? 0) > now;
  if (gate === undefined || isHeld) return [];
  const concerned = servers.filter(({ verdict }) => verdict === (gate.gate === 'START' ? undefined : 'VERIFIED'));
  const name = `${gate.gate}@${String(gate.openedAt)}`;
  const opened = { kind: 'GATE_OPENED', severity: 'ACT', key: name, concerned, gate } as const;
  if (!isTold(told, opened)) return [opened];
  const passed = reminderMinutes.filter((minutes) => {
    const from = gate.closesAt - minutes * minuteMs;
    return now >= from && gate.openedAt < from;
  });
  const [next] = passed;
  if (next === undefined || now >= gate.closesAt) return [];
  const severity = next === reminderMinutes[0] ? 'URGENT' : 'ACT';
  const reminder = { kind: 'GATE_DUE', severity, key: `${name}-${String(next)}`, concerned, gate } as const;
  return isTold(told, reminder) ? [] : [reminder];
}

/**
 * Those of `current` that people have not been told of in a notice of this kind, as of a time at or after `since`; none
 * while the latest such notice is too young, so that a bad night does not become a mail for each server.
 */
function unheardOf(
  current: readonly ServerRecord[],
  kind: Told['kind'],
  told: readonly Told[],
  now: number,
  since: (server: ServerRecord) => number = () => 0,
): ServerRecord[] {
  const ofKind = told.filter((one) => one.kind === kind);
  if (ofKind.some(({ asOf }) => now - asOf < groupingMs)) return [];
  const latest = new Map<string, number>();
  for (const { sourceServerIDs, asOf } of ofKind)
    for (const id of sourceServerIDs) latest.set(id, Math.max(asOf, latest.get(id) ?? 0));
  return current.filter((server) => (latest.get(server.sourceServerID) ?? -1) < since(server));
}

/** A launch that failed or was not believed; who needs a person is told apart. */
function failureDue({ servers }: RunFacts, told: readonly Told[], now: number): DueNotice[] {
  const failed = servers.filter(({ launch, verdict }) => launch === 'FAILED' && verdict !== 'NEEDS_A_PERSON');
  const concerned = unheardOf(failed, 'FAILURE', told, now);
  return concerned.length === 0 ? [] : [{ kind: 'FAILURE', severity: 'ACT', key: '', concerned }];
}

/** A person may try, and the server need one again: then it is news. */
function personDue({ servers }: RunFacts, told: readonly Told[], now: number): DueNotice[] {
  const inNeed = servers.filter(({ verdict }) => verdict === 'NEEDS_A_PERSON');
  const concerned = unheardOf(inNeed, 'PERSON_NEEDED', told, now, ({ phaseAt }) => phaseAt);
  return concerned.length === 0 ? [] : [{ kind: 'PERSON_NEEDED', severity: 'URGENT', key: '', concerned }];
}

/** A run that brings back what failed says so with the failure; what it takes along, or a person asked for, is news. */
function rollbackDue({ run, servers }: RunFacts, told: readonly Told[], now: number): DueNotice[] {
  const isAsked = /[:-]rollback:/.test(run.holder?.executionID ?? '');
  const back = servers.filter((server) => isRollingBack(server) && (isAsked || server.launch !== 'FAILED'));
  const requestedAt = ({ rollback, phaseAt }: ServerRecord) => rollback?.requestedAt ?? phaseAt;
  const concerned = unheardOf(back, 'ROLLBACK_BEGAN', told, now, requestedAt);
  if (concerned.length === 0) return [];
  return [{ kind: 'ROLLBACK_BEGAN', severity: isAsked ? 'INFO' : 'ACT', key: '', concerned, isAsked }];
}

/** What is under way, or still to be started, when the time for it is nearly up. */
function windowDue({ run, servers }: RunFacts, told: readonly Told[], now: number): DueNotice[] {
  if (run.input.window === undefined || run.plan?.decision !== 'PROCEED') return [];
  const { rollbackBy, closesAt } = readWindow(run.input.window);
  const isLate = rollbackBy === undefined || now >= rollbackBy;
  const [deadline, at] = isLate ? (['WINDOW_END', closesAt] as const) : (['ROLLBACK_BY', rollbackBy] as const);
  const isGoingOn = ({ launch, rollback }: ServerRecord) => launch !== 'FAILED' && rollback === undefined;
  const concerned = servers.filter((server) => server.verdict === undefined && (isLate || isGoingOn(server)));
  const due = {
    kind: 'WINDOW_CLOSING',
    severity: 'ACT',
    key: `${deadline}@${String(at)}`,
    concerned,
    deadline,
    at,
  } as const;
  const isNear = now >= at - windowMinutes * minuteMs && now < at;
  return !isNear || concerned.length === 0 || isTold(told, due) ? [] : [due];
}
