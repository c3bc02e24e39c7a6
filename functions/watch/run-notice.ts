/** A notice about a run in words: what happened, where, how bad it is, and what to do next. */
import { waitingGate } from '../domain/gate.ts';
import type { Gate, RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { nameOf } from '../domain/source-server.ts';
import { showTime } from '../domain/window.ts';
import {
  asSubject,
  codesOf,
  countsOf,
  countsSentence,
  documentServers,
  namedServersMax,
  serversOf,
  type Message,
} from './message.ts';
import { commandsOf, placeLines, stepLines, whereabouts, whereSentence, type NoticePlace } from './notice-place.ts';
import { endSteps, type NextStep } from './notice-steps.ts';
import { firstOf, listed, wrapped } from './notice-text.ts';
import type { DueNotice, RunFacts } from './notices-due.ts';

const minuteMs = 60_000;

/** What a kind of notice says. */
interface Words {
  readonly subject: string;
  readonly what: string;
  /** What the source servers that are named have in common; none are named without it. */
  readonly list?: string;
  /** Epoch milliseconds. */
  readonly due?: number;
}

/** Writes the notice at `now` (epoch milliseconds). It quotes no more than names, IDs and codes. */
export function writeRunNotice(
  notice: DueNotice,
  { run, servers }: Pick<RunFacts, 'run' | 'servers'>,
  place: NoticePlace,
  now: number,
): Message {
  const { severity, kind, concerned } = notice;
  const { subject, what, list, due } = wordsOf(notice, run, servers, now);
  const where = whereabouts(run, servers, place);
  const counts = countsOf(servers, concerned.length);
  const steps = stepsAt(notice, run, servers, now);
  const paragraphs = [
    wrapped(`${severity}: ${what}`),
    wrapped(whereSentence(`run ${run.runID}`, where)),
    wrapped(countsSentence(counts)),
    ...(list === undefined || concerned.length === 0 ? [] : [serversParagraph(list, concerned)]),
    stepLines(steps, place.flags),
    ...placeLines(undefined, place.executionUrl),
  ];
  return {
    subject: asSubject(severity, `${subject}: ${run.runID}`),
    text: `${paragraphs.join('\n\n')}\n`,
    document: {
      version: 1,
      kind,
      severity,
      what,
      run: run.runID,
      ...where,
      ...(due !== undefined && { due: new Date(due).toISOString() }),
      counts,
      servers: documentServers(concerned),
      nextCommands: commandsOf(steps, place.flags),
      ...(place.executionUrl !== undefined && { executionUrl: place.executionUrl }),
      at: new Date(now).toISOString(),
    },
  };
}

function wordsOf(notice: DueNotice, run: RunRecord, servers: readonly ServerRecord[], now: number): Words {
  const concerned = `${String(notice.concerned.length)} of ${serversOf(servers.length)}`;
  const are = notice.concerned.length === 1 ? 'is' : 'are';
  const show = (atMs: number) => showTime(atMs, run.input.window?.zone ?? 'UTC');
  const minutesTo = (atMs: number) => `${String(Math.ceil((atMs - now) / minuteMs))} minutes`;
  switch (notice.kind) {
    case 'GATE_OPENED':
      return gateWords(notice.gate, run, `until ${show(notice.gate.closesAt)}`);
    case 'GATE_DUE': {
      const { closesAt } = notice.gate;
      const words = gateWords(notice.gate, run, `for ${minutesTo(closesAt)} more, until ${show(closesAt)}`);
      return { ...words, subject: `${minutesTo(closesAt)} left to ${decisionOf(notice.gate)}` };
    }
    case 'FAILURE': {
      const all = servers.filter(({ launch }) => launch === 'FAILED').length;
      const soFar = all > notice.concerned.length ? `, ${String(all)} so far` : '';
      return {
        subject: `${concerned} failed${soFar}`,
        what: `${concerned} failed${soFar}: the launch failed, or it was not believed. The run brings back what failed by itself.`,
        list: 'Failed:',
      };
    }
    case 'PERSON_NEEDED':
      return {
        subject: `${concerned} need a person`,
        what: `${concerned} ${are} in a state that the run cannot get out of by itself. Somebody has to look.`,
        list: 'In need of a person:',
      };
    case 'ROLLBACK_BEGAN':
      return {
        subject: `rollback began, ${concerned}`,
        what: `${concerned} ${are} being brought back, ${notice.isAsked ? 'as a person asked' : 'by the run itself'}. MGN’s jobs cannot be stopped; the end is told when the execution ends.`,
        list: 'On the way back:',
      };
    case 'WINDOW_CLOSING':
      return windowWords(notice, concerned, show(notice.at), minutesTo(notice.at));
    case 'RUN_ENDED':
      return {
        subject: `ended ${notice.end.outcome}`,
        what: `The run ended as ${notice.end.outcome} at ${show(notice.end.endedAt)}: ${notice.end.summary}.`,
        list: 'Neither verified nor finalized:',
      };
  }
}

function decisionOf({ gate }: Gate): string {
  return gate === 'START' ? 'approve the start' : 'commit or roll back';
}

function gateWords(gate: Gate, run: RunRecord, until: string): Words {
  const what =
    gate.gate === 'START'
      ? `Everything is ready, and the run waits for a person to approve its start, ${until}.`
      : `The cutover is over, and the run waits for a person to commit it or to bring it back, ${until}.`;
  return {
    subject: `waits for a person to ${decisionOf(gate)}`,
    what: `${what} If nobody comes, ${silenceOf(run, gate)}.`,
    due: gate.closesAt,
  };
}

function silenceOf({ input }: RunRecord, { gate }: Gate): string {
  if (gate === 'START') return 'it is refused, and nothing was touched';
  return input.options.onCommitTimeout === 'rollback'
    ? 'everything is brought back'
    : 'the source servers are left as they are, verified';
}

function windowWords(
  { deadline, at }: Extract<DueNotice, { kind: 'WINDOW_CLOSING' }>,
  concerned: string,
  time: string,
  minutes: string,
): Words {
  const isRollbackBy = deadline === 'ROLLBACK_BY';
  const follows = isRollbackBy
    ? `What is not verified by then is brought back. That is in ${minutes}`
    : `No source server is started any more after that; what is under way goes on. That is in ${minutes}`;
  return {
    subject: `${minutes} to ${isRollbackBy ? 'rollbackBy' : 'the end of the window'}, ${concerned} open`,
    what: `Not done yet: ${concerned}. ${isRollbackBy ? 'rollbackBy is' : 'The window closes'} at ${time}. ${follows}.`,
    list: 'Not done yet:',
    due: at,
  };
}

function serversParagraph(list: string, servers: readonly ServerRecord[]): string {
  const lines = servers.map((record) => {
    const parts = [record.phase, ...codesOf(record)];
    return [listed(nameOf(record)), wrapped(parts.join(', '), { first: '  ', hanging: '  ' })].join('\n');
  });
  return [list, ...firstOf(lines, namedServersMax)].join('\n');
}

/** The most harmless thing first. What a run at work would refuse is not offered, and nothing that would cut it short. */
function stepsAt(notice: DueNotice, run: RunRecord, servers: readonly ServerRecord[], now: number): NextStep[] {
  const { runID } = run;
  const look = { what: 'to see every source server and its reasons', command: `watch ${runID}` };
  if (notice.kind === 'RUN_ENDED') return [look, ...endSteps(run, servers)];
  const gate = waitingGate(run);
  const isHeld = (run.holder?.heldUntil ?? 0) > now;
  const [first] = notice.kind === 'FAILURE' || notice.kind === 'PERSON_NEEDED' ? notice.concerned : [];
  const why = {
    what: 'to see every fact about the first of them',
    command: `explain ${first?.sourceServerID ?? ''} --run ${runID}`,
  };
  const looks = first === undefined ? [look] : [look, why];
  if (isHeld) return looks;
  if (gate?.gate === 'START') {
    return [
      ...looks,
      { what: 'to start', command: `approve ${runID}` },
      { what: 'to refuse', command: `approve ${runID} --refuse` },
    ];
  }
  const rollback = { what: 'to bring it back', command: `rollback ${runID}` };
  if (gate === undefined) return [...looks, rollback];
  return [...looks, { what: 'to keep what is verified (cannot be undone)', command: `commit ${runID}` }, rollback];
}
